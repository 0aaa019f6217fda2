"""What studies took of memory and time, beside what was estimated before they began: every shipped scenario, and single numbers raised far.

Each study runs in a process of its own; memory is its largest resident set, time is wall time of `sim.study.run.run`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from _figures import write

from sim.scenario.loader import load
from sim.study.cost import estimate

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PLAYED = """
import json, resource, sys, tempfile, time
from sim.scenario.loader import load
from sim.study.run import run
scenario, began = load(sys.argv[1], sys.argv[2:]), time.perf_counter()
with tempfile.TemporaryDirectory() as folder:
    run(scenario, folder)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, time.perf_counter() - began]))
"""
RAISED = (
    ["days=300"],
    ["days=30", "engine=simpy"],
    ["days=3", "skus.count=200000"],
    ["stores.SH01.customers_per_day=300000"],
    ["online.orders_per_day=100000"],
    ["days=7", "replenishment.stores.review_days=0.001"],
    ["days=7", "online.sourcing={policy: priced, resolve_hours: 0.1}"],
    ["days=7", "system.till_failures_per_day=1000"],
)
"""Overrides of the corner shop."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    said = parser.parse_args()
    shop = SCENARIOS / "corner-shop.yaml"
    studies = [(file, []) for file in sorted(SCENARIOS.glob("*.yaml"))] + [(shop, list(more)) for more in RAISED]
    rows = {}
    print(f"{'study':70} {'MiB':>6} {'told':>6} {'s':>7} {'told':>7}")
    for file, more in [(shop, [])] if said.quick else studies:
        told = estimate(load(file, more), replications=1)
        command = [sys.executable, "-c", PLAYED, str(file), *more, "replications=1"]
        memory_bytes, time_s = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        name = " ".join([file.stem, *more])
        rows[name] = {
            "memory_mib": memory_bytes / 2**20,
            "estimated_memory_mib": told.memory_bytes / 2**20,
            "time_s": time_s,
            "estimated_time_s": told.time_s,
        }
        print(f"{name:70} " + "{:6.0f} {:6.0f} {:7.2f} {:7.2f}".format(*rows[name].values()), flush=True)
    write(rows, said.json)


if __name__ == "__main__":
    main()
