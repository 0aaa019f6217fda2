"""Records summed up into tidy tables, for figures and for CSV."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.evidence.kpi_days import KpiDays, days_of
from sim.evidence.requests import among, floats, judged, outcomes
from sim.evidence.run_comparison import Difference, differences, same_traffic, unpaired
from sim.evidence.statistics.replications import Interval
from sim.records.profile import LEVELS
from sim.records.samples import ANSWERED, FAILED, NO_PROOF
from sim.report.runs import ChainRun, LoadTest


def kpis(run: ChainRun, again: ChainRun | None = None) -> pd.DataFrame:
    """A row a KPI: `kpi`, `unit`, `better`, `value`, the mean over replications, and the ends `low` and `high` of its 95 % interval.

    With a second run also `again` and `change`, its ends `change_low` and `change_high` where replications are paired (`paired`), else NaN, and
    `finding`: `better`, `worse`, `nothing seen` (`sim.evidence.run_comparison.Difference`) or empty.
    """
    first, second = by_kpi(run), by_kpi(again) if again else {}
    changes = {each.kpi: each for each in changed(run, again)} if again else {}
    rows = []
    for name, days in first.items():
        level = days.interval()
        row = {"kpi": name, "unit": days.unit, "better": days.better, **_interval(level, "value", "")}
        if again is not None:
            after = second[name].interval().mean if name in second else np.nan
            change = Interval(after - level.mean, np.nan, np.nan, 0)
            if name in changes:
                change = changes[name].difference
            row |= {"again": after, **_interval(change, "change", "change_")}
            finding = changes[name].finding if name in changes else ""
            row["finding"] = finding if finding in SHOWN else ""
        rows.append(row)
    return pd.DataFrame(rows)


def by_kpi(run: ChainRun) -> dict[str, KpiDays]:
    """The key figures of a run by name, with their days."""
    return days_of(run.kpis, run.daily, run.scenario)


def changed(run: ChainRun, again: ChainRun) -> list[Difference]:
    """Second − first of every key figure; nothing where replications are not paired."""
    if not paired(run, again):
        return []
    return differences(by_kpi(run), by_kpi(again), 0.95, same_traffic(run.daily, again.daily))


SHOWN = ("better", "worse", "nothing seen")
"""Findings that a table of key figures shows."""


def by_hour(run: ChainRun) -> pd.DataFrame:
    """A row an hour of the day with any customer: customers an hour on a mean day, mean wait of those served."""
    sums = run.hourly.groupby("hour")[["customers", "tickets", "abandoned", "wait_s"]].sum()
    played = run.days * run.manifest.replications
    table = pd.DataFrame(
        {
            "hour": sums.index,
            "customers": (sums["customers"] / played).to_numpy(),
            "left_the_line": (sums["abandoned"] / played).to_numpy(),
            "mean_wait_s": (sums["wait_s"] / sums["tickets"].where(sums["tickets"] > 0)).to_numpy(),
        }
    )
    return table[table["customers"] > 0].reset_index(drop=True)


def stockouts(run: ChainRun) -> pd.DataFrame:
    """SKU-days of stores, and those that ended without a unit, by `day` (a date), `region` (a code) and `location_code`."""
    stores = {store["code"] for store in run.scenario["stores"]}
    daily = run.daily[run.daily["location_code"].isin(stores)]
    daily = daily.assign(
        region=daily["location_code"].map(run.regions),
        day=pd.Timestamp(run.scenario["start"]) + pd.to_timedelta(daily["day"], unit="D"),
    )
    return daily.groupby(["day", "region", "location_code"])[["stockout_sku_days", "sku_days"]].sum().reset_index()


def rates(stockouts: pd.DataFrame, by: str) -> pd.Series:
    """Share of SKU-days without a unit by a column of `stockouts`, lowest first."""
    sums = stockouts.groupby(by)[["stockout_sku_days", "sku_days"]].sum()
    return (sums["stockout_sku_days"] / sums["sku_days"].where(sums["sku_days"] > 0)).dropna().sort_values()


def findings(test: LoadTest) -> pd.DataFrame:
    """A row a finding of the verdict, as its record holds it."""
    return pd.DataFrame([finding.model_dump() for finding in test.verdict.findings])


def responses(test: LoadTest, bins: int = 48) -> pd.DataFrame:
    """Answered requests after the warm-up by response time: `from_s`, `to_s` (equal steps on a log scale), `share` of all that count."""
    response_s, failed = _judged(test)
    answered = np.maximum(response_s[~failed], 1e-4)
    if not len(answered):
        return pd.DataFrame({"from_s": [], "to_s": [], "share": []})
    edges = np.geomspace(min(answered.min(), 1.0) * 0.9, max(answered.max(), 2.5) * 1.05, bins + 1)
    return pd.DataFrame(
        {"from_s": edges[:-1], "to_s": edges[1:], "share": np.histogram(answered, edges)[0] / len(failed)}
    )


def within(test: LoadTest, limit_s: float) -> float:
    """Share of the requests that count which were answered within `limit_s`."""
    response_s, failed = _judged(test)
    return float(np.mean(~failed & (response_s <= limit_s))) if len(failed) else np.nan


def over_time(test: LoadTest, windows: int = 60) -> pd.DataFrame:
    """A row a stretch of the run: requests per second by outcome, response median and p99, lag p99."""
    intended_s, outcome = floats(test.samples, "t_intended"), outcomes(test.samples)
    width_s = _step(max(test.run.duration_s, 1.0) / windows)
    window = (intended_s // width_s).astype(np.int64)
    answered, failed, neither = (among(outcome, names) for names in (ANSWERED, FAILED, NO_PROOF))
    response_s = floats(test.samples, "t_end") - intended_s
    lag_s = floats(test.samples, "t_start") - intended_s
    if not test.run.intended_starts:
        lag_s = np.full(len(intended_s), np.nan)
    rows = []
    for number in range(int(window.max(initial=-1)) + 1):
        here = window == number
        rows.append(
            {
                "from_s": number * width_s,
                "to_s": (number + 1) * width_s,
                "answered_per_s": np.count_nonzero(here & answered) / width_s,
                "neither_per_s": np.count_nonzero(here & neither) / width_s,
                "failed_per_s": np.count_nonzero(here & failed) / width_s,
                "response_median_s": _quantile(response_s[here & answered], 0.5),
                "response_p99_s": _quantile(response_s[here & answered], 0.99),
                "lag_p99_s": _quantile(lag_s[here & ~np.isnan(lag_s)], 0.99),
            }
        )
    return pd.DataFrame(rows)


def service(test: LoadTest) -> pd.DataFrame:
    """A row a journey and load level of the service profile: requests per second, quantiles of the time in the software, availability."""
    levels = (
        [(journey, level) for journey, levels in test.profile.journeys.items() for level in levels]
        if test.profile
        else []
    )
    return pd.DataFrame(
        [
            {
                "journey": journey,
                "requests_per_s": level.requests_per_s,
                "journeys": level.journeys,
                **{f"p{100 * p:g}_s": level.latency_s[LEVELS.index(p)] for p in (0.5, 0.95, 0.99)},
                "availability": level.availability,
                "availability_low": level.availability_low,
                "availability_high": level.availability_high,
            }
            for journey, level in levels
        ]
    )


def paired(run: ChainRun, again: ChainRun) -> bool:
    """Whether the changes between two runs have intervals: the same seed, dates and number of replications, of which there are several."""
    return run.manifest.replications > 1 and not unpaired(run.manifest.plays, again.manifest.plays)


def _interval(found: Interval, mean: str, ends: str) -> dict[str, float]:
    return {mean: found.mean, f"{ends}low": found.low, f"{ends}high": found.high}


def _judged(test: LoadTest) -> tuple[np.ndarray, np.ndarray]:
    requests = judged(test.samples, test.run.warmup_s)
    return requests.response_s, requests.failed


def _quantile(x: np.ndarray, p: float) -> float:
    return float(np.quantile(x, p)) if len(x) else np.nan


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … that is no smaller than `least`."""
    power = 10.0 ** np.floor(np.log10(max(least, 1e-9)))
    return max(1.0, float(next(power * k for k in (1, 2, 5, 10) if power * k >= least * (1 - 1e-12))))
