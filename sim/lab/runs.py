"""Scenarios loaded and played from Python, and the runs they leave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from sim.evidence.run_comparison import Difference
from sim.lab import columns
from sim.lab.columns import dated, described, placed
from sim.lab.plots import ChainPlots
from sim.records.catalogue import read_catalogue
from sim.records.kpis import KPIS
from sim.records.outcome import MEANINGS, Manifest, outcome_folder, read_outcome
from sim.records.refusal import Refusal
from sim.records.trace import MEANINGS as JOURNEY_MEANINGS
from sim.records.trace import read_trace
from sim.report import runs, summaries
from sim.report.film.page import Film, film_of
from sim.report.languages import Language
from sim.report.several_runs import read_several
from sim.scenario.loader import load as load_file
from sim.scenario.model import Scenario
from sim.scenario.shipped import names
from sim.scenario.shortened import shortened
from sim.study.compare import compare_runs
from sim.study.cost import estimate, refuse_excess
from sim.study.run import run as play_all
from sim.study.workers import workers

Overrides = Mapping[str, object] | Sequence[str]
"""Fields of a scenario by path, as `{"stores.SH01.tills": 8}`, or as texts of the command line, `["stores.SH01.tills=8"]`."""
MOST_REPLICATIONS = 100_000

_SIDES = {"lower": "lower is better", "higher": "higher is better", "neither": "neither way is better"}
_KPIS = "\n\nKPIs:\n" + "\n".join(f"    {kpi.name:<30}{kpi.meaning} [{kpi.unit}; {_SIDES[kpi.better]}]" for kpi in KPIS)


class Run:
    """One scenario as it was played, read from its run folder.

    In a notebook it is shown as its table of KPIs. `daily` and `hourly` hold all days, with `warmup` for those that KPIs and figures leave out:
    `run.daily[~run.daily.warmup]` are the days that count.
    """

    def __init__(self, folder: Path | str):
        """folder: as `lab.run` or `retail-lab run` left it. Raises `Refusal` where no run of a chain is in it."""
        self.folder = Path(folder)
        self._frames: dict[str, pd.DataFrame] = {}
        if not outcome_folder(self.folder).is_dir():
            raise Refusal(folder, "", "the run folder of a chain, with outcome/ in it", "none")

    @cached_property
    def played(self) -> runs.ChainRun:
        """The run as pages read it, checked. Raises `Refusal` for a file of it that is not sound."""
        found = runs.read([self.folder]).chain
        assert found is not None  # the folder has outcome/
        return found

    @property
    def manifest(self) -> Manifest:
        """What was played: the whole scenario, its hash, the seed, versions, and the assumed parameters (`manifest.assumed`)."""
        return self.played.manifest

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.played.name

    @property
    def summary(self) -> pd.DataFrame:
        """A row a KPI, by its name: `value`, the mean over replications; `low` and `high`, the ends of its 95 % interval, NaN for one; `unit`;
        `better`."""
        return summaries.kpis(self.played).set_index("kpi")[["value", "low", "high", "unit", "better"]]

    @property
    @described(columns.KPIS, MEANINGS, below=_KPIS)
    def kpis(self) -> pd.DataFrame:
        """A row a replication and KPI, over all stores and the days that count. docs/trading.md, 14, defines each KPI."""
        return self.played.kpis[list(columns.KPIS)]

    @property
    @described(columns.DAILY, MEANINGS)
    def daily(self) -> pd.DataFrame:
        """A row a replication, location and day. Counters add up over rows: a mean wait is Σ wait_s / Σ tickets."""
        return self._tidy("daily", columns.DAILY)

    @property
    @described(columns.HOURLY, MEANINGS)
    def hourly(self) -> pd.DataFrame:
        """A row a replication, location, day and hour. Counters add up over rows: a mean wait is Σ wait_s / Σ tickets."""
        return self._tidy("hourly", columns.HOURLY)

    @property
    @described(columns.FAULTS, MEANINGS)
    def faults(self) -> pd.DataFrame:
        """A row a random fault that happened, in order of their beginnings. Raises `Refusal` where the scenario has no random faults."""
        frame = read_outcome(self.folder, "faults")
        frame["time"] = pd.Timestamp(self.manifest.scenario["start"]) + pd.to_timedelta(frame["from_s"], unit="s")
        frame["minutes"] = (frame["until_s"] - frame["from_s"]) / 60
        return frame[list(columns.FAULTS)]

    @property
    @described(columns.TRACE, JOURNEY_MEANINGS, MEANINGS)
    def trace(self) -> pd.DataFrame:
        """A row a journey in time order: the journeys that the chain asked of its software in the scenario's `trace` window, in replication 0.

        Raises `Refusal` where the scenario asked for no trace.
        """
        header, table = read_trace(self.trace_file)
        catalogue = self._catalogue.drop_duplicates("location").set_index("location")
        frame = table.to_pandas()
        frame["location_code"] = catalogue["location_code"].reindex(frame["location"]).to_numpy()
        frame["time"] = pd.Timestamp(header.start) + pd.to_timedelta(frame["t"], unit="s")
        frame["journey"] = frame["journey"].astype(str)
        return placed(frame, self.manifest.scenario)[list(columns.TRACE)]

    @property
    @described(columns.LINES, JOURNEY_MEANINGS, MEANINGS)
    def lines(self) -> pd.DataFrame:
        """A row a SKU of a journey: the trace with its baskets laid out line by line. Raises `Refusal` where there is no trace."""
        journeys = self.trace.rename(columns={"skus": "sku", "quantities": "quantity"})
        laid_out = journeys.explode(["sku", "quantity"]).dropna(subset="sku").astype({"sku": int, "quantity": int})
        goods = self._catalogue[["location", "sku", "sku_code", "price"]]
        return laid_out.merge(goods, on=["location", "sku"], how="left")[list(columns.LINES)]

    @property
    def trace_file(self) -> Path:
        """The trace as a file, for a load test; it need not exist."""
        return self.folder / "trace.parquet"

    @property
    def catalogue_file(self) -> Path:
        """SKUs and locations as a file, for a shop."""
        return self.folder / "catalogue.parquet"

    def film(
        self, replication: int = 0, days: int | None = None, first_day: date | None = None, lang: Language = "en"
    ) -> Film:
        """The run as a map of its stores that moves through the hours of days: queues and waits, SKUs out of stock, deliveries, faults.

        A notebook plays it; `film.save("film.html")` writes the page, `film.title` is its finding.

        Args:
            replication: which one, from 0.
            days: how many days; without it a week, or what there is.
            first_day: the first of them; without it the first after the warm-up.
            lang: `en` or `zh`.

        Raises `Refusal` for a replication or days that the run does not have.
        """
        return film_of(self.folder, replication, days, first_day, lang)

    @cached_property
    def plot(self) -> ChainPlots:
        """Figures: `run.plot.waits()`, `run.plot.stockouts()`."""
        return ChainPlots(self)

    @cached_property
    def _catalogue(self) -> pd.DataFrame:
        found = read_catalogue(self.catalogue_file)[0].to_pandas()
        return found.astype({"location_code": str, "sku_code": str})

    def _tidy(self, name: Literal["daily", "hourly"], names: Sequence[str]) -> pd.DataFrame:
        """Made once; each caller gets a frame of its own."""
        if name not in self._frames:
            scenario = self.manifest.scenario
            self._frames[name] = dated(placed(read_outcome(self.folder, name), scenario), scenario)[list(names)]
        return self._frames[name].copy()

    def __repr__(self) -> str:
        return f"<Run {self.name}: {self.folder}>"

    def _repr_html_(self) -> str:
        return self.summary.to_html(float_format="{:,.4g}".format)


def scenarios() -> list[str]:
    """The names of the scenarios that ship with the lab; `lab.load(name).question` is what each asks."""
    return names()


def load(
    scenario: Path | str | Scenario,
    overrides: Overrides = (),
    *,
    days: int | None = None,
    stores: int | Sequence[str] | None = None,
    replications: int | None = None,
    allow_code: bool = False,
) -> Scenario:
    """A scenario, checked, from a file or by the name of a shipped one (`lab.scenarios()` lists them); or a part of it.

    Args:
        scenario: the path of a YAML file, a shipped scenario's name such as `pilot`, or a Scenario.
        overrides: fields by path, laid over the file: `{"stores.SH01.tills": 8, "seed": 5}`; none with a Scenario.
        days: the first days alone; warm-up days are kept as far as a day to count is left.
        stores: the first so many stores alone, or those of these codes.
        replications: in place of the scenario's own number.
        allow_code: whether the Python files that the scenario names may be executed.

    Raises `Refusal` with file, field, what was expected and what stood there.
    """
    if isinstance(scenario, Scenario):
        if overrides:
            raise Refusal("overrides", "", "none with a Scenario: load its file with them", next(iter(overrides)))
        loaded = scenario
    else:
        loaded = load_file(scenario, texts(overrides), allow_code=allow_code)
    loaded = shortened(loaded, days, stores)
    if replications is None:
        return loaded
    if not isinstance(replications, int) or not 1 <= replications <= MOST_REPLICATIONS:
        raise Refusal("replications", "", f"a whole number from 1 to {MOST_REPLICATIONS:,}", replications)
    return loaded.model_copy(update={"replications": replications})


def run(
    scenario: Path | str | Scenario,
    overrides: Overrides = (),
    *,
    days: int | None = None,
    stores: int | Sequence[str] | None = None,
    replications: int | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    out: Path | str = "runs",
    yes: bool = False,
    allow_code: bool = False,
) -> Run:
    """Play a scenario and return its run.

    Args:
        scenario, overrides, days, stores, replications, allow_code: as of `load`.
        jobs: processes that play replications.
        cluster: in their place, the address of a Dask scheduler, or `local:4` for four of its workers here. The outcome's bytes are the same
            for any.
        out: folder in which the run folder is made. What an interrupted call played there is kept, and the same call goes on from it.
        yes: play what is estimated to exceed this machine's memory or disk, or six hours.

    Raises `Refusal` for an input that cannot be used, and for a study that this machine cannot play, before anything is played.
    """
    loaded = load(scenario, overrides, days=days, stores=stores, replications=replications, allow_code=allow_code)
    with workers(jobs, cluster) as those:
        refuse_excess(estimate(loaded, jobs=those), Path(out), loaded.name, yes=yes)
        return Run(play_all(loaded, out, jobs=those))


def compare(
    a: Run | Path | str, b: Run | Path | str, *others: Run | Path | str, level: float = 0.95, all_pairs: bool = False
) -> pd.DataFrame:
    """B − A of every KPI, replication by replication: a row a KPI, by its name; of more than two runs a row a pair and KPI.

    Args:
        a, b, others: runs, or their folders; the first is the baseline.
        level: confidence of the intervals; of more than two runs, that with which those of one KPI hold together (Bonferroni).
        all_pairs: each run less each before it, and not less the first alone.

    Columns: `unit`; `a`, `b`, means over replications; `difference`, b − a; `low` and `high`, the ends of its interval, NaN for one
    replication; `finding`: `better`, `worse`, `differs`, `not told apart`, `equal`, `no difference seen` or `nothing seen`; `same_traffic`:
    whether both drew the same customers; `variance_ratio`: how many times as many replications the interval would need without common random
    numbers, NaN where that is not known. Of more than two runs the index is `run` (B), `against` (A) and `kpi`: names of scenarios, or of
    folders where two scenarios have one name.

    Raises `Refusal` where replications do not pair: another seed, number of replications, or dates; and for one of more than two runs that
    stands twice.
    """
    for one in others:
        if not isinstance(one, Run | Path | str):
            raise Refusal("runs", "", "runs or their folders (a confidence is level=0.95)", one)
    folders = [one.folder if isinstance(one, Run) else Run(one).folder for one in (a, b, *others)]
    if not others:
        return pd.DataFrame([{"kpi": row.kpi} | _columns(row) for row in compare_runs(folders, level)]).set_index("kpi")
    found = read_several(folders, level, all_pairs=all_pairs)
    keys = ["run", "against", "kpi"]
    return pd.DataFrame(
        [
            dict(zip(keys, (found.names[pair.b], found.names[pair.a], kpi), strict=True)) | _columns(row)
            for pair in found.pairs
            for kpi, row in pair.differences.items()
        ]
    ).set_index(keys)


def _columns(row: Difference) -> dict[str, Any]:
    return {
        "unit": row.unit,
        "a": row.a.mean,
        "b": row.b.mean,
        "difference": row.difference.mean,
        "low": row.difference.low,
        "high": row.difference.high,
        "finding": row.finding,
        "same_traffic": row.same_traffic,
        "variance_ratio": row.variance_ratio,
    }


def texts(overrides: Overrides) -> list[str]:
    """Overrides as the command line's texts."""
    if isinstance(overrides, str):
        return [overrides]
    if isinstance(overrides, Mapping):
        return [f"{path}={json.dumps(value, ensure_ascii=False, default=str)}" for path, value in overrides.items()]
    return list(overrides)
