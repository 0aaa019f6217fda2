"""Interim looks at a run under way, at the declared instants: in a separate process, because judging would make the pacer late.

Also the figures that progress shows, from counts alone: what was measured so far, without intervals and so without a decision.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import cast

from sim.evidence.verdict.targets import ALL, Target, probability
from sim.evidence.wording import amount
from sim.records.load_run import LoadRun
from sim.records.samples import ANSWERED, FAILED, read_chunks
from sim.records.verdict import Decision


def so_far(
    targets: Iterable[Target], outcomes: Mapping[str, int], quantile_s: Callable[[float], float], mean_s: float
) -> str:
    """The targets on all requests, each with what was measured: `so far availability 99.21 % (target 99.9 %)`; empty before the first answer.

    These are point estimates: only the verdict, which has confidence intervals, decides. `quantile_s(percentile)` and `mean_s` are of the
    response times of the requests that ended. Targets on journeys are left out: they cannot be counted while journeys are under way.
    """
    went, bad = (sum(outcomes.get(name, 0) for name in names) for names in (ANSWERED, FAILED))
    if not went + bad:
        return ""

    def measured(target: Target) -> float | None:
        if target.quantity == "availability":
            return went / (went + bad)
        if not went:
            return None
        return mean_s if target.quantity == "mean" else quantile_s(100 * probability(target.quantity))

    shown = [target for target in targets if target.scope == ALL and target.quantity != "journeys"]
    return "so far " + ", ".join(_measured_text(target, measured(target)) for target in shown)


def _measured_text(target: Target, value: float | None) -> str:
    stands = "without an answer" if value is None else amount(target.quantity, value)
    return f"{target.quantity} {stands} (target {amount(target.quantity, target.limit)})"


SETTLE_S = 3.0
"""From the end of a look's last request until its sample is in a chunk on the master's disk."""
_PROGRAM = """
import os, sys
if hasattr(os, "nice"):
    os.nice(10)
from loadtests.replay.interim import main
main(*sys.argv[1:])
"""
"""It lowers its priority before it imports anything, so that it does not delay the pacer."""


def look(folder: Path, at_s: float, targets: Iterable[str]) -> Decision:
    """The decision on the samples of a run with an intended start before `at_s`, as far as they are on the disk."""
    command = [sys.executable, "-c", _PROGRAM, str(folder), str(at_s), *targets]
    judged = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return cast(Decision, judged.stdout.strip())


def main(folder: str, at_s: str, *targets: str) -> None:
    """Print the decision on a run's samples up to `at_s`: the program that `look` starts."""
    from sim.evidence.verdict.interim_looks import look as judge
    from sim.evidence.verdict.targets import parse

    run = LoadRun.read(Path(folder) / "loadrun.json")
    print(judge(read_chunks(Path(folder) / "samples"), run, parse(targets), float(at_s)))
