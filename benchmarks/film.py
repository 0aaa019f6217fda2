"""How smoothly a film plays in headless Chromium: fifty stores over a week, from the first hour to the last.

The page is the one that `retail-lab film` writes, with a script behind it that starts it and notes when each frame is drawn. A frame is late
where the browser could not draw it in time: on a display of 60 Hz, frames follow each other after 16.7 ms. Without Chromium nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
from _figures import write

from sim.report.film.page import film_of
from sim.scenario.loader import load
from sim.study.run import run

PROBE = """<script>
document.getElementById("speed").value = SPEED;
document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
const play = document.getElementById("play"), drawn = [];
play.click();
requestAnimationFrame(function note(now) {
  drawn.push(now);
  if (play.textContent === play.dataset.pause) requestAnimationFrame(note);
  else fetch("/drawn", { method: "POST", body: JSON.stringify(drawn) });
});
</script>"""
"""Plays the film and sends the instants of its frames, ms."""


def frames_ms(chromium: str, html: str, speed: int) -> np.ndarray:
    """Time from each frame to the next while Chromium plays a film at `speed` hours a second, ms."""
    page = html.replace("</body>", PROBE.replace("SPEED", str(speed)) + "</body>").encode()
    drawn: list[float] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def do_POST(self) -> None:
            drawn.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print no line a request."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server, tempfile.TemporaryDirectory() as profile:
        headless = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1200,1600",
            f"--user-data-dir={profile}",
        ]
        browser = subprocess.Popen(
            [chromium, *headless, f"http://127.0.0.1:{server.server_port}/"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not drawn and browser.poll() is None:
                server.timeout = 1
                server.handle_request()
        finally:
            browser.terminate()
            browser.wait()
    if not drawn:
        raise RuntimeError(f"{chromium} ended before the film did")
    return np.array([after - before for before, after in pairwise(drawn)])


def measure(quick: bool) -> dict[str, dict]:
    """Frames a second of a week of `chain-50`."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium: not measured")
        return {}
    with tempfile.TemporaryDirectory() as out:
        html = film_of(run(load("chain-50"), Path(out))).html
    took_ms = frames_ms(chromium, html, 24 if quick else 4)
    median, late = (round(float(np.percentile(took_ms, share)), 1) for share in (50, 95))
    print(
        f"{len(html.encode()) / 1e6:.2f} MB, {len(took_ms):,} frames: median {median:.1f} ms, 95th percentile {late:.1f} ms"
    )

    def row(value: float, unit: str, goal: str) -> dict:
        return {"value": value, "unit": unit, "baseline": None, "baseline_value": None, "ratio": None, "goal": goal}

    return {
        "frames of a week of 50 stores, median": row(median, "ms", "<= 20"),
        "frames of a week of 50 stores, 95th percentile": row(late, "ms", "<= 40"),
        "page of a week of 50 stores": row(len(html.encode()) / 1e6, "MB", "<= 3"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at 24 hours a second")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    asked = parser.parse_args()
    figures = measure(asked.quick)
    for name, row in figures.items():
        print(f"{name}: {row['value']:.3g} {row['unit']}, goal {row['goal']}")
    write(figures, asked.json)


if __name__ == "__main__":
    main()
