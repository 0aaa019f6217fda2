"""Looks at a run under way, at the instants that were declared: in a process of their own, for judging would make the pacer late."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from sim.records.loadrun import LoadRun
from sim.records.samples import read_chunks
from sim.records.verdict import Decision

SETTLE_S = 3.0
"""After the last request of a look has ended, until its sample is in a chunk on the master's disk."""
_PROGRAM = """
import os, sys
if hasattr(os, "nice"):
    os.nice(10)
from loadtests.looks import main
main(*sys.argv[1:])
"""
"""Polite before it imports anything: the pacer goes first."""


def look(folder: Path, at_s: float, targets: Iterable[str]) -> Decision:
    """What the samples of a run intended before `at_s` decide, as far as they are on the disk."""
    command = [sys.executable, "-c", _PROGRAM, str(folder), str(at_s), *targets]
    said = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return cast(Decision, said.stdout.strip())


def main(folder: str, at_s: str, *targets: str) -> None:
    """Print the decision on a run's samples up to `at_s`: the program that `look` starts."""
    from sim.evidence.looks import look as judge
    from sim.evidence.targets import parse

    run = LoadRun.read(Path(folder) / "loadrun.json")
    print(judge(read_chunks(Path(folder) / "samples"), run, parse(targets), float(at_s)))
