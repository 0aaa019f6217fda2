"""A chain-year, from the scenario file to the tables on disk: beside C, beside the SimPy engine, on more stores, on two cores.

python benchmarks/chain_year.py                    all cases but `planner`, whole: a quarter of an hour on an idle machine
python benchmarks/chain_year.py year --days 36     one case, a tenth of the year
python benchmarks/chain_year.py planner            four scenarios × ten replications of the year on two cores

The scenario is chain-year.yaml; chain_year.c does the same work for this one scenario, bare_loop.c the least of it. Both are compiled here.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from _figures import write

from sim.evidence.statistics.replications import interval
from sim.records.outcome import read_kpis

HERE = Path(__file__).parent
STORES, CUSTOMERS, LINES, SKUS, TILLS = 50, 2_000, 8, 2_000, 6
YEAR, WEEK = 365, 7
KPIS = ("mean_wait_s", "fill_rate", "lost_sales_per_day", "stock_value")
PLANS = {  # what a planner may weigh against each other
    "as-is": [],
    "lean": ["replenishment.stores.least_days=2", "replenishment.stores.most_days=5"],
    "fewer-tills": [f"stores.S{n + 1:03d}.tills=3" for n in range(STORES)],
    "slow-system": ["system.service.latency_s.distribution=lognormal", "system.service.latency_s.mean=2"],
}


@dataclass(frozen=True)
class Run:
    """One run of the command, as its user feels it."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    folder: Path


class Bench:
    """A folder for programs and runs."""

    def __init__(self, folder: Path, quick: bool, days: int | None):
        self.folder, self.quick, self.runs = folder, quick, 0
        self.days = 2 if quick else days or YEAR

    def rounds(self, whole: int) -> range:
        return range(1 if self.quick else whole)

    def c(self, name: str) -> Callable[[int], dict]:
        """Compile a program; returns a call that runs it for so many days and gives what it printed."""
        program = self.folder / name
        subprocess.run(["cc", "-O3", "-march=native", "-o", program, HERE / f"{name}.c", "-lm"], check=True)

        def call(days: int) -> dict:
            sizes = map(str, (STORES, days, CUSTOMERS, LINES, SKUS, TILLS))
            return json.loads(subprocess.run([program, *sizes], check=True, capture_output=True, text=True).stdout)

        return call

    def lab(self, *said: str, scenario: Path = HERE / "chain-year.yaml", cores: int = 1, replications: int = 1) -> Run:
        """`retail-lab run` on so many cores, in a folder of its own."""
        self.runs += 1
        out = self.folder / f"run-{self.runs}"
        overrides = [word for change in said for word in ("--set", change)]
        command = [sys.executable, "-c", "from sim.cli.app import main; main()", "run", scenario]
        command += ["--out", out, "--jobs", str(cores)]
        command += ["--replications", str(replications), *overrides]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if cores == 1:
            os.sched_setaffinity(process.pid, {self.runs % os.cpu_count()})
        errors = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        if status:
            raise SystemExit(errors)
        folder = next(path for path in out.iterdir())
        return Run(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, folder)

    def chain(self, stores: int) -> Path:
        """The scenario with another number of stores, alike and by turns in the three regions."""
        name, regions = f"chain-{stores}", ("EAST", "SOUTH", "NORTH")
        place = {f"S{n + 1:03d}": regions[n % 3] for n in range(stores)}
        rows = [[code, region, f"W-{region}", CUSTOMERS, TILLS] for code, region in place.items()]
        lanes = [[f"W-{region}", code, 0.5, 40] for code, region in place.items()]
        tables = {
            "stores": [["code", "region", "warehouse", "customers_per_day", "tills"], *rows],
            "lanes": [["origin", "destination", "lead_time_days", "distance_km"], *lanes],
        }
        says = [f"extends: {HERE / 'chain-year.yaml'}"]
        for table, cells in tables.items():
            with open(self.folder / f"{name}-{table}.csv", "w", newline="") as file:
                csv.writer(file).writerows(cells)
            says.append(f"{table}: {{table: {name}-{table}.csv}}")
        path = self.folder / f"{name}.yaml"
        path.write_text("\n".join(says) + "\n")
        return path


def year(bench: Bench) -> dict[str, dict]:
    """The whole command beside the two C programs, turn by turn."""
    full, bare = bench.c("chain_year"), bench.c("bare_loop")
    rounds = []
    for _ in bench.rounds(5):
        lab = bench.lab(f"days={bench.days}", "warmup_days=0")
        rounds.append((lab, full(bench.days), bare(bench.days)))
    lab_s = statistics.median(lab.wall_s for lab, _, _ in rounds)
    lines = statistics.median(b["lines"] / b["wall_s"] for _, _, b in rounds) / 1e6
    figures = {"bare loop": figure(lines, "M lines/s", goal=">= 50")}
    for name, goal, place in (("C, same features", "<= 2", 1), ("bare C loop", "<= 4", 2)):
        c_s = statistics.median(turn[place]["wall_s"] for turn in rounds)
        ratio = statistics.median(turn[0].wall_s / turn[place]["wall_s"] for turn in rounds)
        figures[f"run of {bench.days} days beside {name}"] = figure(lab_s, "s", name, c_s, ratio, goal)
    figures["memory of the run"] = figure(max(lab.peak_mb for lab, _, _ in rounds), "MB", goal="<= 1024")
    return figures


def growth_in_days(bench: Bench) -> dict[str, dict]:
    """Memory after a month and after the whole time."""
    month, whole = (bench.lab(f"days={days}", "warmup_days=0") for days in (min(30, bench.days), bench.days))
    return {
        f"memory, {bench.days} days": figure(
            whole.peak_mb, "MB", f"{min(30, bench.days)} days", month.peak_mb, whole.peak_mb / month.peak_mb, "<= 1.2"
        )
    }


def engines(bench: Bench) -> dict[str, dict]:
    """Customers a second of the whole run, without the time to start Python; the SimPy engine on the same week."""
    days = 1 if bench.quick else WEEK
    seconds: dict[str, list[float]] = {"compiled": [], "simpy": []}
    for _ in bench.rounds(3):
        for engine, times in seconds.items():
            run = bench.lab(f"days={days}", "warmup_days=0", f"engine={engine}")
            times.append(json.loads((run.folder / "timing.json").read_text())["wall_s"])
    customers = read_kpis(run.folder).query("kpi == 'customers_per_day'").value.item() * days
    rate = {engine: customers / statistics.median(times) for engine, times in seconds.items()}
    ratio = statistics.median(s / c for c, s in zip(*seconds.values(), strict=True))
    return {
        "compiled engine": figure(rate["compiled"], "customers/s", "simpy engine", rate["simpy"], ratio, ">= 40"),
        "simpy engine": figure(rate["simpy"], "customers/s", goal=">= 20000"),
    }


def growth(bench: Bench) -> dict[str, dict]:
    """Time and memory by the number of stores; the figure is kept beside this file."""
    days, figures, seen = 1 if bench.quick else 28, {}, {}
    for stores in (50, 100) if bench.quick else (50, 100, 200, 500):
        scenario = bench.chain(stores)
        runs = [bench.lab(f"days={days}", "warmup_days=0", scenario=scenario) for _ in bench.rounds(3)]
        seen[stores] = statistics.median(run.wall_s for run in runs), max(run.peak_mb for run in runs)
        for name, unit, place in (("time", "s", 0), ("memory", "MB", 1)):
            first, now = seen[50][place], seen[stores][place]
            linear = first * stores / 50
            figures[f"{name}, {stores} stores"] = figure(now, unit, "linear from 50", linear, now / linear, "<= 1.1")
    if not bench.quick:
        draw(seen, days, HERE / "chain_growth.svg")
    return figures


def cores(bench: Bench) -> dict[str, dict]:
    """Two replications of the year on two cores beside one on one: how many times as much is done in the same time."""
    pairs = []
    for _ in bench.rounds(7):
        one = bench.lab(f"days={bench.days}", "warmup_days=0")
        two = bench.lab(f"days={bench.days}", "warmup_days=0", cores=2, replications=2)
        pairs.append((one.wall_s, two.wall_s))
    one_s, two_s = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(2 * one / two for one, two in pairs)
    return {"two replications on two cores": figure(2 / two_s, "runs/s", "one on one", 1 / one_s, ratio, ">= 1.8")}


def planner(bench: Bench) -> dict[str, dict]:
    """Four scenarios × ten replications; how sure each KPI is."""
    replications, figures = (2 if bench.quick else 10), {}
    for name, said in PLANS.items():
        said = said if not bench.quick else [change for change in said if "tills" not in change]
        run = bench.lab(f"days={bench.days}", "warmup_days=0", *said, cores=2, replications=replications)
        figures[f"{name}: {replications} × {bench.days} days"] = figure(run.wall_s / 60, "min")
        kpis = read_kpis(run.folder)
        for kpi in KPIS:
            found = interval(kpis.query("kpi == @kpi").value.to_numpy())
            figures[f"{name}: {kpi}"] = figure(found.half_width, "± 95 %", "mean", found.mean)
    minutes = sum(case["value"] for name, case in figures.items() if case["unit"] == "min")
    return {"a planner's year": figure(minutes, "min"), **figures}


CASES = {case.__name__: case for case in (year, growth_in_days, engines, growth, cores, planner)}


def figure(value, unit, baseline=None, baseline_value=None, ratio=None, goal=None) -> dict:
    return {
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "baseline_value": baseline_value,
        "ratio": ratio,
        "goal": goal,
    }


def draw(seen: dict[int, tuple[float, float]], days: int, path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = path.stem
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for place, (axis, what) in enumerate(zip(axes, ("time", "memory"), strict=True)):
        values, unit = [found[place] for found in seen.values()], ("s", "MB")[place]
        linear = values[0] * max(seen) / 50
        axis.plot([0, max(seen)], [0, linear], color="0.7", label="linear from 50 stores")
        axis.plot(list(seen), values, "o-", color="C0", label="measured")
        axis.set(xlabel="stores", ylabel=f"{what} for {days} days, {unit}", xlim=0, ylim=0)
        axis.set_title(
            f"{max(seen)} stores: {values[-1]:,.0f} {unit}, {values[-1] / linear:.2f} of linear", fontsize=10
        )
    axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--quick", action="store_true", help="two days: shows that it runs")
    parser.add_argument("--days", type=int, help="instead of the year's 365")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures: dict[str, dict] = {}
    print(f"{'case':46}{'value':>12} {'unit':14}{'baseline':>30}{'ratio':>9}  goal")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.quick, asked.days)
        for name in asked.cases or [name for name in CASES if name != "planner"]:
            for case, found in CASES[name](bench).items():
                figures[case] = found
                beside = f"{found['baseline']} {found['baseline_value']:,.4g}" if found["baseline"] else ""
                ratio = f"{found['ratio']:.2f}" if found["ratio"] else ""
                print(
                    f"{case:46}{found['value']:>12,.4g} {found['unit']:14}{beside:>30}{ratio:>9}  {found['goal'] or ''}"
                )
    write(figures, asked.json)


if __name__ == "__main__":
    main()
