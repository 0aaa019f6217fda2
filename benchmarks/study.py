"""How fast a study plays its replications: beside bare runs of the chain, by two processes beside one, and by two Dask workers beside two processes.

Two stores over four weeks of `pilot`. Each comparison is the median of interleaved pairs, wall time;
workers are started, and have played once, before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from _figures import write

from sim.chain.chain import Chain
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.study.garbage import collected
from sim.study.kept_kpis import Kept
from sim.study.workers import Processes, Workers, workers


def bare(scenario: Scenario, replications: int) -> None:
    """The chain alone, one replication after the other."""
    for replication in range(replications):
        with collected():
            Chain(scenario, replication).play()


def studied(scenario: Scenario, replications: int, by: Workers) -> None:
    """The same as a study plays and keeps them."""
    with TemporaryDirectory() as folder:
        Kept(Path(folder) / "kept.jsonl").play(scenario, range(replications), by)


def took_s(play: Callable[[], None]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    play()
    return time.perf_counter() - began


def pairs(first: Callable[[], None], second: Callable[[], None], count: int) -> tuple[float, float, float]:
    """Medians of both, and of the ratio of the second to the first, over interleaved pairs."""
    times = [(took_s(first), took_s(second)) for _ in range(count)]
    return median(a for a, _ in times), median(b for _, b in times), median(b / a for a, b in times)


def measure(days: int, replications: int, count: int) -> dict[str, dict]:
    """The three comparisons, and the time of a replication."""
    scenario = load("pilot", [f"days={days}", "warmup_days=1", "trace=null"])
    one, two = Processes(1), Processes(2)
    figures = {}

    def row(name: str, of: tuple[float, float, float], baseline: str, goal: str, turned: bool) -> None:
        first, second, ratio = of
        value, other = (first, second) if turned else (second, first)
        figures[name] = {
            "value": value / replications,
            "unit": "s a replication",
            "baseline": baseline,
            "baseline_value": other / replications,
            "ratio": ratio,
            "goal": goal,
        }

    studied(scenario, 2, two)
    alone = pairs(lambda: bare(scenario, replications), lambda: studied(scenario, replications, one), count)
    row("a study in one process", alone, "bare runs of the chain", "<= 1.05", False)
    both = pairs(lambda: studied(scenario, replications, two), lambda: studied(scenario, replications, one), count)
    row("a study in two processes", both, "one process", ">= 1.8", True)
    with workers(cluster="local:2") as cluster:
        studied(scenario, 4, cluster)
        dask = pairs(
            lambda: studied(scenario, replications, cluster), lambda: studied(scenario, replications, two), count
        )
    row("a study on two Dask workers", dask, "two processes", ">= 0.9", True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    asked = parser.parse_args()
    figures = measure(3, 4, 1) if asked.quick else measure(28, 12, 7)
    for name, row in figures.items():
        print(
            f"{name}: {row['value']:.3f} {row['unit']}, {row['baseline_value']:.3f} by {row['baseline']}: "
            f"ratio {row['ratio']:.3f}, goal {row['goal']}"
        )
    write(figures, asked.json)


if __name__ == "__main__":
    main()
