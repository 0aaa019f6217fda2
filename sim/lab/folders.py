"""Run folders of either kind: opened, and put together on a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.lab.loads import LoadTest
from sim.lab.runs import Run
from sim.records.outcome import outcome_folder
from sim.records.refusal import Refusal
from sim.report.languages import Language
from sim.report.pages.run_page import write_page

Folder = Run | LoadTest | Path | str
"""A run, a load test, or the folder of one."""


def open(folder: Path | str) -> Run | LoadTest:
    """A run of a chain, or a load test, from its folder. Raises `Refusal` for a folder that is neither."""
    folder = Path(folder)
    if outcome_folder(folder).is_dir():
        return Run(folder)
    if (folder / "loadrun.json").is_file():
        return LoadTest(folder)
    raise Refusal(folder, "", "a run folder, with outcome/ or loadrun.json in it", "neither")


def page(runs: Folder | Sequence[Folder], out: Path | str, lang: Language = "en", *, all_pairs: bool = False) -> Path:
    """Write one self-contained HTML page and return its path.

    Args:
        runs: a run of a chain, a load test, or a list of them, or their folders; a second run of a chain is held against the first. Or more than
            two runs of a chain, each of them held against the first.
        out: the HTML file.
        lang: `en` or `zh`.
        all_pairs: more than two runs are each held against each.

    Raises `Refusal` for folders that hold no run, and for files in them that cannot be read.
    """
    each = [runs] if isinstance(runs, Run | LoadTest | Path | str) else runs
    write_page([one.folder if isinstance(one, Run | LoadTest) else one for one in each], out, lang, all_pairs=all_pairs)
    return Path(out)
