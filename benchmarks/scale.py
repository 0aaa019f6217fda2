"""Time and memory of one replication of a large chain, and from them what 5,000 stores × 1,000 replications cost.

Stores of chain-year.yaml, 2,000 customers, 16,000 basket lines and 2,000 SKUs each, over 28 days, `retail-lab run` with the tables that it writes.
The projection is linear from the largest chain, and takes the efficiency of Dask workers from the row of benchmarks/study.py in results.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from _figures import write
from chain_year import Bench, figure

SIZES, DAYS = (500, 1_000, 2_000), 28
STORES, YEAR, REPLICATIONS = 5_000, 365, 1_000
HERE = Path(__file__).parent


def efficiency() -> float:
    """How much of what two processes do two Dask workers do, as it was measured last."""
    kept = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    return float(kept["study"]["figures"]["a study on two Dask workers"]["ratio"])


def measure(bench: Bench, sizes: tuple[int, ...], days: int) -> dict[str, dict]:
    """Each size once; ratios are to the growth that would be linear from the first."""
    figures: dict[str, dict] = {}
    runs = {stores: bench.lab(f"days={days}", "warmup_days=0", scenario=bench.chain(stores)) for stores in sizes}
    first = runs[sizes[0]]
    for stores, run in runs.items():
        times = stores / sizes[0]
        for name, unit, now, then, goal in (
            ("time", "s", run.wall_s, first.wall_s, "<= 1.1"),
            ("memory", "MB", run.peak_mb, first.peak_mb, "<= 3072 MB" if stores == 2_000 else "<= 1.1"),
        ):
            linear = then * times
            figures[f"{name}, {stores:,} stores"] = figure(
                now, unit, f"linear from {sizes[0]}", linear, now / linear, goal
            )
    most = sizes[-1]
    store_mb = (runs[most].peak_mb - first.peak_mb) / (most - sizes[0])
    replication_h = runs[most].cpu_s / (most * days) * STORES * YEAR / 3600
    said = f"{STORES:,} stores"
    figures[f"memory of a worker, {said}"] = figure((runs[most].peak_mb + store_mb * (STORES - most)) / 1024, "GiB")
    figures[f"a year of {said}, one replication"] = figure(replication_h, "core-hours")
    whole = replication_h * REPLICATIONS / efficiency()
    figures[f"a year of {said} × {REPLICATIONS:,} on Dask workers"] = figure(whole, "core-hours")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20 and 40 stores for two days: shows that it runs")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.quick, None)
        figures = measure(bench, *(((20, 40), 2) if asked.quick else (SIZES, DAYS)))
    for name, row in figures.items():
        beside = f"   {row['ratio']:.2f} of {row['baseline']}, goal {row['goal']}" if row["ratio"] else ""
        print(f"{name:46}{row['value']:>12,.4g} {row['unit']}{beside}")
    write(figures, asked.json)


if __name__ == "__main__":
    main()
