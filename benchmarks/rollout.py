"""How fast a rollout is sampled: the shipped plan with two pilot stores, 10,000 samples from the file to their schedules and costs.

Beside it SimPy plays the same samples one after the other, from the same draws; what it is asked for is a part of them, and every instant of
that part must be equal. Times are CPU seconds of one core.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from _figures import write

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.comparing import shipped
from sim.planning.rollout.reference import reference
from sim.planning.rollout.samples import Sampled


def measure(samples: int, played: int) -> dict[str, dict]:
    """Rates of both; raises unless they agree in every instant."""
    path = shipped("example")[0]
    began = time.process_time()
    found = Sampled(path, read_plan(path), samples).samples()
    cost = found.cost.mean()
    took = time.process_time() - began
    began = time.process_time()
    rows = [reference(found.network, found.draws, row) for row in range(played)]
    alone = (time.process_time() - began) / played
    for row, instants in enumerate(rows):
        at_once = np.array([getattr(found.schedule, name)[row] for name in ("start", "finish", "done")])
        if not np.array_equal(instants, at_once):
            raise AssertionError(f"sample {row} differs from SimPy's")
    print(
        f"{path.stem}: {len(found.network.activities)} activities, mean cost {cost:,.0f}; {played} samples equal SimPy's"
    )
    return {
        f"{samples:,} samples of a rollout": {
            "value": took,
            "unit": "s",
            "baseline": "SimPy, sample by sample",
            "baseline_value": alone * samples,
            "ratio": alone * samples / took,
            "goal": ">= 10",
        }
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    said = parser.parse_args()
    figures = measure(500, 5) if said.quick else measure(10_000, 200)
    for name, row in figures.items():
        print(
            f"{name}: {row['value']:.2f} {row['unit']}, {row['baseline_value']:.1f} {row['unit']} by {row['baseline']}: "
            f"ratio {row['ratio']:.4g}, goal {row['goal']}"
        )
    write(figures, said.json)


if __name__ == "__main__":
    main()
