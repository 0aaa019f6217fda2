"""The planners' calls, from Python: policies under the same demand, better parameters, traffic fitted to a log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from sim.calibration.fit import Fit, traffic_of
from sim.calibration.fitted_files import sku_rows, write_skus, write_traffic
from sim.calibration.self_check import distances, refit
from sim.cli.commands.calibrate import fitted
from sim.cli.commands.plan import result_lines
from sim.lab.plots import Picture
from sim.lab.runs import Overrides, load, texts
from sim.report import canvas, figures
from sim.report.frontier import drawn
from sim.scenario.model import Scenario
from sim.scenario.shipped import find
from sim.study.cost import estimate, refuse_excess, together
from sim.study.replenish import Played, advice, advised, against_first, levels, play, run_in, variant
from sim.study.search import Prices, Search, section
from sim.study.search import search as find_better
from sim.study.workers import workers
from sim.traffic.log.reader import Log
from sim.traffic.log.reading import Reading


class Policies:
    """One demand under several replenishment policies, each held against the first. `repr` in a notebook is the table."""

    def __init__(self, played: Sequence[Played]):
        self.played = tuple(played)

    @property
    def differences(self) -> pd.DataFrame:
        """A row a policy but the first and KPI: `policy`, `kpi`, `unit`, `first` (the first policy's mean), `difference` from it, `low` and
        `high`, the ends of its 95 % interval, `finding`."""
        return pd.DataFrame(
            [
                {
                    "policy": one.name,
                    "kpi": row.kpi,
                    "unit": row.unit,
                    "first": row.a.mean,
                    "difference": row.difference.mean,
                    "low": row.difference.low,
                    "high": row.difference.high,
                    "finding": row.finding,
                }
                for one, rows in zip(self.played[1:], against_first(self.played), strict=True)
                for row in rows
            ]
        )

    @property
    def table(self) -> pd.DataFrame:
        """To read: a row a KPI, a column a policy: the first one's mean, the others' differences from it with 95 % intervals, as texts."""
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for row in self.differences.itertuples():
            cells = rows.setdefault((str(row.kpi), str(row.unit)), {self.played[0].name: f"{row.first:,.4g}"})
            cells[str(row.policy)] = f"{row.difference:+,.3g} ({row.low:+,.3g} to {row.high:+,.3g})"
        return pd.DataFrame.from_dict(rows, orient="index")

    @property
    def advice(self) -> str:
        """Which policy surely needs less stock and keeps the first one's fill rate, in a sentence; or that none is sure to."""
        return advice(self.played)

    @cached_property
    def plot(self) -> PolicyPlots:
        """Figures: `policies.plot.frontier()`."""
        return PolicyPlots(self)

    def _repr_html_(self) -> str:
        return self.table.to_html()


class PolicyPlots:
    """Figures of policies."""

    def __init__(self, policies: Policies):
        self._policies = policies

    def frontier(self) -> Picture:
        """Stock value (million, at cost) against fill rate of each policy, with 95 % intervals; the advised one in green."""
        played, best = self._policies.played, advised(self._policies.played)
        points = levels(played)
        data = pd.DataFrame.from_dict(
            points, orient="index", columns=["stock_value", "stock_half_width", "fill_rate", "fill_half_width"]
        )
        with canvas.style():
            drawing = drawn(points, played[0].scenario.currency, best[0] if best else None)
            drawing.axes[0].set_title("", loc="left")  # the advice is its title
        shows = "Stock on hand at cost and the share of units asked for that were there."
        return Picture(figures.Figure("frontier", advice(played), shows, "simulated", "", "", data, drawing))


class Searched:
    """The result of a search for better parameters. `str` of it gives its first and best parameters and their saving."""

    def __init__(self, found: Search, scenario: Scenario, budget: int):
        self.found = found
        self._lines = result_lines(found, scenario.currency, budget)

    @property
    def replenishment(self) -> str:
        """As YAML, for a scenario."""
        return section(self.found)

    def __str__(self) -> str:
        return "\n".join(self._lines)


class Calibration:
    """Traffic fitted to a log. Attributes: `log`, what was read; `odd`, its implausible properties, a sentence each; `fit`, the fitted traffic."""

    def __init__(self, file: Path, log: Log, odd: Sequence[str], fit: Fit):
        self.file, self.log, self.odd, self.fit = file, log, tuple(odd), fit
        self.traffic = traffic_of(fit, log.code)

    @property
    def customers_per_day(self) -> dict[str, float]:
        """By store of the log: mean over the days of an average year."""
        return self.fit.customers_per_day

    def distances(self, draws: int = 3) -> pd.DataFrame:
        """How far the log is from customers drawn from its fit and fitted again: a row a figure, by its name, with `unit`, `log`, and of the
        draws the median (`drawn`), least (`low`) and greatest (`high`)."""
        skus = sku_rows(self.log, self.fit)
        again = [refit(self.fit, self.traffic, seed, self.file, skus) for seed in range(1, draws + 1)]
        return pd.DataFrame([vars(row) for row in distances(self.fit, again)]).set_index("figure")

    def write(self, folder: Path | str) -> dict[str, object]:
        """Write traffic.yaml and skus.csv into a folder; the lines by which a scenario takes them."""
        folder = Path(folder)
        write_traffic(folder / "traffic.yaml", self.fit, self.traffic, self.file)
        write_skus(folder / "skus.csv", self.log, self.fit)
        return {"traffic": {"file": "traffic.yaml"}, "skus": {"table": "skus.csv"}}

    def __str__(self) -> str:
        log, mean = self.log, sum(self.customers_per_day.values())
        return (
            f"{log.rows:,} rows, {self.fit.tickets:,} tickets from {self.fit.first} to {self.fit.last}, {mean:,.0f} customers a day;"
            f" {len(log.skipped):,} rows could not be read"
        )


def replenish(
    scenario: Path | str,
    policies: Sequence[str] = ("as_is", "base_stock", "days_of_cover", "fill_rate"),
    overrides: Overrides = (),
    *,
    replications: int = 5,
    jobs: int = 1,
    cluster: str | None = None,
    out: Path | str = "runs",
    yes: bool = False,
    allow_code: bool = False,
) -> Policies:
    """Play the same demand under several replenishment policies, run in: `retail-lab replenish` from Python.

    Args:
        scenario: the path of a YAML file, or a shipped scenario's name.
        policies: as_is, min_max, base_stock, days_of_cover, fill_rate, cycle_service, newsvendor, or files that extend the scenario and
            change its replenishment alone; the others are held against the first.
        overrides, jobs, cluster, out, yes, allow_code: as of `run`.
        replications: of each, at least two.

    Raises `Refusal` for a policy that there is not, or whose demand would be another.
    """
    changes = [*texts(overrides), f"replications={replications}"]
    file = find(scenario)
    variants = [run_in(variant(file, name, changes, allow_code=allow_code)) for name in policies]
    with workers(jobs, cluster) as those:
        refuse_excess(together(estimate(each, jobs=those) for each in variants), Path(out), file, yes=yes)
        return Policies(play(file, policies, changes, Path(out), jobs=those, allow_code=allow_code))


def search(
    scenario: Path | str | Scenario,
    kind: str,
    overrides: Overrides = (),
    *,
    floors: Sequence[str] = ("stores",),
    budget: int = 48,
    prices: Prices | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    allow_code: bool = False,
) -> Searched:
    """Better parameters by SKU class, from the exact answers on, every try under the same random numbers: `retail-lab replenish --optimise`.

    Args:
        scenario, overrides, allow_code: as of `load`.
        kind: base_stock, days_of_cover, min_max or cycle_service.
        floors: whose parameters: stores, warehouses or both.
        budget: replications in all; a third is for judging what was found.
        prices: of holding, of a line ordered and of a lost sale; the command's own without it.
        jobs, cluster: as of `run`.
    """
    found = load(scenario, overrides, allow_code=allow_code)
    with workers(jobs, cluster) as those:
        better = find_better(found, kind, prices or Prices(), floors=floors, budget=budget, jobs=those)
    return Searched(better, found, budget)


def calibrate(
    log: Path | str,
    columns: Mapping[str, str] | None = None,
    *,
    preset: str = "plain",
    encoding: str = "",
    void: Collection[str] = (),
    dates: str = "",
    time_zone: str = "",
    items: str = "",
    sheet: str = "",
    cancelled_prefix: str = "",
    accept_skipped: bool = False,
    holidays: bool = False,
    closed: Sequence[str] = (),
) -> Calibration:
    """Fit arrivals, baskets and popularity to a transaction log: `retail-lab calibrate` from Python.

    Args:
        log: .csv, .csv.gz, .xlsx, .xls or .parquet.
        columns: those that are called otherwise than in the preset, by field: `{"timestamp": "Date+Time", "sku": "article"}`.
        preset: plain or uci.
        encoding: of a CSV; empty: by its byte-order mark, UTF-8, else GB18030.
        void: statuses of rows that are no sale.
        dates: dmy, mdy or ymd, where rows such as 3/4/2025 leave the order of day and month open.
        time_zone: of the stores' clocks, for stamps with a zone; `UTC:ZONE` where those without one are UTC's.
        items: the column that lists a ticket's items, where the log has one line a ticket.
        sheet: of a workbook; empty: every sheet with the headings of a log.
        cancelled_prefix: what the number of a cancelled ticket begins with.
        accept_skipped: calibrate although many rows are skipped or odd.
        holidays: take days that stand out for holidays, and fit the rest without them.
        closed: days without rows on which all stores were closed, `2025-10-01` or `2025-01-29..2025-02-02` each.

    Raises `Refusal` for a log that cannot be read or says too little.
    """
    file = Path(log)
    reading = Reading(preset, columns or {}, encoding, tuple(void), dates, time_zone, items, sheet, cancelled_prefix)
    return Calibration(file, *fitted(file, reading, accept_skipped, holidays, closed))
