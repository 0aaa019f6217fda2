"""Draws the README's picture from three run folders of `make demo`: the chain, the load test, the chain again.

python docs/picture.py runs/golden-week-… runs/demo-load runs/golden-week-measured-…
"""

from __future__ import annotations

import base64
import io
import sys
import textwrap
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from sim.report import canvas, figures, runs

STEPS = {
    "hours": "1  The chain is simulated, and again with what was measured",
    "verdict": "2  Its trace loads a real API, and the verdict has intervals",
    "felt": "3  What was measured flows back into the chain",
}


def main(folders: list[str]) -> None:
    drawn = {figure.key: figure for section in figures.draw(runs.read(folders)).values() for figure in section}
    with canvas.style():
        page, axes = plt.subplots(1, len(STEPS), figsize=(15, 4.6), layout="constrained")
        for axis, (key, step) in zip(axes, STEPS.items(), strict=True):
            picture = base64.b64decode(drawn[key].png.partition(",")[2])
            axis.imshow(plt.imread(io.BytesIO(picture)))
            axis.set_axis_off()
            axis.set_anchor("N")
            title = "\n".join(textwrap.wrap(drawn[key].title, 58)[:2])
            axis.set_title(f"{step}\n{title}" + "\n" * (1 - title.count("\n")), fontsize=11, loc="left")
        page.savefig(Path(__file__).with_name("loop.png"), dpi=110, facecolor="white", metadata={"Software": None})


if __name__ == "__main__":
    main(sys.argv[1:])
