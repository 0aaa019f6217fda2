"""The film plays: what stands on the page after keys and after playing is what its data hold, in a real browser."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

from sim.report.film.page import film_of

from .test_film import data_of, faults_in

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")
CLOCK = """<script>
let next = null, now_ms = 0;
requestAnimationFrame = (step) => { next = step; };
const reduced = { matches: false }, ask = matchMedia.bind(window);
matchMedia = (query) => (query.includes("reduced-motion") ? reduced : ask(query));
const frames = (n) => { for (; n > 0 && next; n--) { const step = next; next = null; step(now_ms += 100); } };
</script>"""
"""In place of the browser's: a frame every tenth of a second, when the probe asks for it, and whether the reader wants less motion."""
PROBE = """<script>
const seen = {}, by = (id) => document.getElementById(id);
const note = (name) => { seen[name] = {
  words: ["moment", "hour", "day", "faults"].map((id) => by(id).textContent),
  slider: +by("slider").value,
  hit: [...document.querySelectorAll(".panels .hit")].map((place) => +place.dataset.n).sort(),
  details: Object.fromEntries([...document.querySelectorAll("dd")].map((dd) => [dd.dataset.key, dd.textContent])),
  discs: [...document.querySelectorAll(".map")].flatMap((map) => [...map.querySelectorAll(".store")].map((store) => {
    const canvas = map.querySelector("canvas"), { e, f } = store.transform.baseVal.consolidate().matrix;
    const scale = canvas.width / map.querySelector("svg").viewBox.baseVal.width;
    const at = canvas.getContext("2d").getImageData(e * scale, f * scale, 1, 1).data;
    return [+store.dataset.n, "#" + [...at.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("")];
  })),
}; };
const press = (key, more = {}) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
note("opened");
press("Home"); note("first");
press("ArrowRight"); press("ArrowRight", { shiftKey: true }); note("a day on");
press("ArrowLeft"); by("back").click(); note("two back");
by("chosen").value = "3"; by("chosen").dispatchEvent(new Event("change")); press("End"); note("last");
by("speed").value = "24"; press(" ");
frames(9); note("playing"); seen.label = by("play").textContent;
frames(2); press(" "); note("paused"); frames(9); note("still paused");
press(" "); frames(999); note("played"); seen.ended = by("play").textContent;
for (const wanted of [false, true]) {
  reduced.matches = wanted; by("speed").value = "1"; press("Home"); press(" ");
  const cursors = new Set();
  for (let n = 0; n < 17; n++) { frames(1); cursors.add(by("cursor").style.transform); }
  seen[wanted ? "with less motion" : "with motion"] = [...cursors].map((at) => parseFloat(at.slice("translateX(".length)));
  press(" ");
}
document.body.dataset.seen = JSON.stringify(seen);
</script>"""


@pytest.fixture(scope="module")
def film(folder):
    return film_of(folder, replication=1).html


@pytest.fixture(scope="module")
def seen(film, tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    folder = tmp_path_factory.mktemp("chromium")
    (folder / "film.html").write_text(
        film.replace("<head>", f"<head>{CLOCK}").replace("</body>", f"{PROBE}</body>"), encoding="utf-8"
    )
    address = (folder / "film.html").as_uri()
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", address]
    page = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    return json.loads(unescape(re.search(r'data-seen="([^"]*)"', page)[1]))


@pytest.mark.parametrize("name", ["opened", "first", "a day on", "two back", "last", "playing", "played"])
def test_the_page_shows_what_its_data_hold_of_the_hour(film, seen, name):
    data, at = data_of(film), seen[name]
    hour = at["slider"]
    faults = faults_in(data, hour)
    assert at["words"] == [
        data["moments"][hour],
        data["hour_sentences"][hour],
        data["day_sentences"][hour // 24],
        faults,
    ]
    assert at["hit"] == data["looks"]["hit"][hour]
    colours = dict(re.findall(r"--(w\d|paper): (#\w+)", film)[:6])
    levels = data["looks"]["level"][hour]
    assert dict(at["discs"]) == {n: colours["paper" if of == "-" else f"w{of}"] for n, of in enumerate(levels)}


def test_keys_and_buttons_go_to_the_hours_that_they_name(film, seen):
    hours = {name: seen[name]["slider"] for name in ("opened", "first", "a day on", "two back", "last")}
    assert hours == {"opened": data_of(film)["first"], "first": 0, "a day on": 25, "two back": 23, "last": 47}


def test_play_goes_through_the_hours_at_its_speed_until_it_is_paused_or_at_the_end(seen):
    """From the last hour it begins anew; the first frame has no time behind it, and 24 h a second are 2.4 h a frame."""
    assert seen["playing"]["slider"] == 19
    assert seen["label"] == "Pause"
    assert seen["paused"]["slider"] == 24
    assert seen["still paused"] == seen["paused"]
    assert seen["played"]["slider"] == 47
    assert seen["ended"] == "Play"


def test_a_reader_who_wants_less_motion_sees_whole_hours_alone(seen):
    """Sixteen frames at an hour a second."""
    at_h = {name: [48 * at / 100 - 0.5 for at in seen[name]] for name in ("with motion", "with less motion")}
    assert at_h["with motion"] == pytest.approx([n / 10 for n in range(17)], abs=1e-4)
    assert at_h["with less motion"] == pytest.approx([0, 1], abs=1e-4)


def test_a_location_that_is_chosen_is_shown_in_figures(film, seen):
    data, details = data_of(film), seen["last"]["details"]
    held = {name: rows[47][3] for name, rows in data["hourly"].items()} | {name: rows[1][3] for name, rows in data["daily"].items()}  # fmt: skip
    assert details == {name: "–" if value is None else f"{value:,}" for name, value in held.items()}
