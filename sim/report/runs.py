"""The runs that a page is about, read from their folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sim.records.load_run import LoadRun
from sim.records.outcome import Manifest, outcome_folder, read_outcome
from sim.records.predictions.backtest import Backtest, read_backtest, standing
from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.records.verdict import Verdict
from sim.report.languages import Language, counted, named, recorded, text


def tool_name(adapter: str, lang: Language) -> str:
    """What is imported, by the tool that `LoadRun.adapter` names."""
    if adapter == "jtl":
        return text("a JTL file", lang)
    return text("k6 output", lang) if adapter == "k6" else adapter


@dataclass(frozen=True)
class ChainRun:
    """One scenario as it was played. The frames hold the days that count: warm-up days are left out."""

    manifest: Manifest
    kpis: pd.DataFrame
    daily: pd.DataFrame
    hourly: pd.DataFrame
    random_faults: pd.DataFrame | None = None
    """Those that last at an instant of the days that count; None where the scenario has none."""
    backtest: Backtest | None = None
    """The record of the scenario's backtest; None where it was not backtested."""

    @property
    def scenario(self) -> dict:
        """The scenario as it was run."""
        return self.manifest.scenario

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario["name"]

    @property
    def days(self) -> int:
        """Days that count."""
        return self.scenario["days"] - self.scenario["warmup_days"]

    @property
    def first_day(self) -> pd.Timestamp:
        """The first day that counts."""
        return pd.Timestamp(self.scenario["start"]) + pd.Timedelta(days=self.scenario["warmup_days"])

    @property
    def measured(self) -> bool:
        """Whether the service profile that the chain played with was measured, and not assumed."""
        return bool(self.scenario["system"]["service"].get("measured"))

    @cached_property
    def regions(self) -> dict[str, str]:
        """Region code by location code."""
        return {place["code"]: place["region"] for place in (*self.scenario["stores"], *self.scenario["warehouses"])}

    @cached_property
    def region_names(self) -> dict[str, str]:
        """Names of the regions, by code."""
        return {region["code"]: region["name"] for region in self.scenario["regions"]}


@dataclass(frozen=True)
class LoadTest:
    """One load test with its verdict."""

    run: LoadRun
    verdict: Verdict
    samples: pa.Table
    profile: ServiceProfile | None


@dataclass(frozen=True)
class Runs:
    """The runs of one page: a chain, the load test by its trace, and the chain again with the software that was measured."""

    chain: ChainRun | None
    load: LoadTest | None
    again: ChainRun | None


def read(folders: Sequence[Path | str]) -> Runs:
    """Read run folders: the first of a chain, one of a load test, a second of a chain that is compared with the first.

    Raises `Refusal` for a folder that is neither, for one too many of a kind, and for a file in it that cannot be read.
    """
    paths = [Path(folder) for folder in folders]
    chains = [folder for folder in paths if outcome_folder(folder).is_dir()]
    loads = [folder for folder in paths if (folder / "loadrun.json").is_file()]
    for folder in paths:
        if folder not in chains and folder not in loads:
            raise Refusal(folder, "", "a run folder, with outcome/ or loadrun.json in it", "neither")
    if len(chains) > 2 or len(loads) > 1 or not paths:
        raise Refusal("runs", "", "at most two runs of a chain and one load test", f"{len(chains)} and {len(loads)}")
    played = [_chain(folder) for folder in chains]
    return Runs(
        chain=played[0] if played else None,
        load=_load(loads[0]) if loads else None,
        again=played[1] if len(played) > 1 else None,
    )


def source_of(run: ChainRun, lang: Language) -> str:
    """A line: what a run is, and what it rests on."""
    manifest = run.manifest
    return text(
        "retail-lab, {name}, {days} from {first}, seed {seed}, {replications}, hash {hash}: "
        "simulated, software {basis}, {n} parameters assumed; {backtest}",
        lang,
        name=recorded(run.name, lang),
        days=counted(run.days, "day", lang),
        first=f"{run.first_day:%Y-%m-%d}",
        seed=manifest.seed,
        replications=counted(manifest.replications, "replication", lang),
        hash=manifest.scenario_hash[:8],
        basis=named("measured" if run.measured else "assumed", lang),
        n=len(manifest.assumed),
        backtest=recorded(standing(run.backtest, run.scenario), lang),
    )


SPOKEN_OF = (
    *("customers_per_day", "mean_wait_s", "waits_over_target", "abandonment", "turned_away", "payment_lost"),
    *("ticket_handling_time_s", "fill_rate", "sales_per_day", "lost_sales_per_day"),
)
"""KPIs that a page's findings name."""


def _chain(folder: Path) -> ChainRun:
    outcome = outcome_folder(folder)
    manifest = Manifest.read(outcome / "manifest.json")
    played = manifest.scenario
    places = {place["code"] for place in (*played["stores"], *played["warehouses"])}
    counted = {}
    for name in ("daily", "hourly"):
        table, path = read_outcome(folder, name), outcome / f"{name}.parquet"
        if strange := set(table["location_code"]) - places:
            raise Refusal(path, "column location_code", "stores and warehouses of manifest.json", min(strange))
        if table["day"].max() >= played["days"]:
            raise Refusal(
                path, "column day", f"days below the {played['days']} of manifest.json", int(table["day"].max())
            )
        table = table[table["day"] >= played["warmup_days"]]
        if table.empty:
            raise Refusal(path, "", "a day after the warm-up", "no rows")
        counted[name] = table
    kpis = read_outcome(folder, "kpis")
    if missing := set(SPOKEN_OF) - set(kpis["kpi"]):
        raise Refusal(outcome / "kpis.parquet", "column kpi", f"the KPI {min(missing)}", "none")
    happened = None
    if played.get("random_faults"):
        happened = read_outcome(folder, "faults")
        happened = happened[happened["until_s"] > pd.Timedelta(days=played["warmup_days"]).total_seconds()]
    return ChainRun(manifest, kpis, counted["daily"], counted["hourly"], happened, read_backtest(folder))


def _load(folder: Path) -> LoadTest:
    profile = folder / "service_profile.json"
    return LoadTest(
        run=LoadRun.read(folder / "loadrun.json"),
        verdict=Verdict.read(folder / "verdict.json"),
        samples=read_samples(folder / "samples.parquet"),
        profile=ServiceProfile.read(profile) if profile.is_file() else None,
    )
