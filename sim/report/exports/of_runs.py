"""Runs of a chain and a load test as a result to export, and the differences of more than two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.records.predictions.backtest import standing
from sim.report import figures, findings, summaries
from sim.report.exports.result import BEFORE_ALL, Cell, Result, Table, instant
from sim.report.languages import Language, named, percent, recorded, text
from sim.report.pages.studies import several_runs
from sim.report.runs import ChainRun, LoadTest, Runs, read, source_of
from sim.report.several_runs import SeveralRuns, are_several, read_several

PER_DAY = {
    "customers_per_day": ("customers", "customers/day"),
    "tickets_per_day": ("tickets", "tickets/day"),
    "left_the_line_per_day": ("abandoned", "customers/day"),
    "turned_away_per_day": ("turned_away", "customers/day"),
    "payment_lost_per_day": ("payment_lost", "customers/day"),
    "sales_per_day": ("sales_value", "currency/day"),
    "lost_sales_per_day": ("lost_value", "currency/day"),
    "orders_per_day": ("orders", "orders/day"),
    "received_units_per_day": ("received_units", "units/day"),
    "units_in_per_day": ("units_in", "units/day"),
    "units_out_per_day": ("units_out", "units/day"),
}
"""Columns that are sums over days: the counter and the unit."""
RATIOS = {
    "mean_wait_s": ("wait_s", "tickets", "s"),
    "waits_over_target": ("waits_over_target", "tickets", "share of tickets"),
    "ticket_handling_time_s": ("ticket_handling_s", "tickets", "s"),
    "utilisation": ("till_busy_s", "till_open_s", "share of staffed till time"),
    "lost_demand": ("lost_units", "demanded_units", "share of units"),
    "stockout_rate": ("stockout_sku_days", "sku_days", "share of SKU-days"),
}
"""Columns that are quotients of two sums."""


def result_of(folders: Sequence[Path | str], lang: Language = "en", *, all_pairs: bool = False) -> Result:
    """What run folders hold, as `read` takes them, or as `read_several` does. Raises their `Refusal`s."""
    if are_several(folders):
        return of_several_runs(read_several(folders, all_pairs=all_pairs), lang)
    runs = read(folders)
    tables: list[Table] = []
    about: list[tuple[str, Cell]] = []
    if runs.chain:
        tables += _chain_tables(runs.chain, runs.again, lang)
        about += _about_chain(runs.chain, lang)
    if runs.again:
        second = text("second run", lang)
        tables += [_renamed(table, second, lang) for table in _played_tables(runs.again, lang)]
        about += [(f"{second}{text(': ', lang)}{name}", value) for name, value in _about_chain(runs.again, lang)]
    if runs.load:
        tables += load_tables(runs.load, lang)
        about += _about_load(runs.load, lang)
    first = runs.chain
    return Result(
        title=_title(runs, lang),
        about=tuple(about),
        findings=tuple(f"{each.about}{text(': ', lang)}{each.text}" for each in findings.state(runs, lang)),
        tables=tuple(tables),
        source="; ".join(_sources(runs, lang)),
        draw=lambda: [figure for drawn in figures.draw(runs, lang).values() for figure in drawn],
        assumed=tuple(first.manifest.assumed) if first else (),
        known=tuple((of["kind"], path, recorded(of["source"], lang)) for path, of in first.scenario["sources"].items())
        if first
        else (),
        made=datetime.fromisoformat(first.scenario["start"]) if first else _started(runs.load),
        lang=lang,
        currency=first.scenario["currency"] if first else "currency",
    )


def of_several_runs(found: SeveralRuns, lang: Language = "en") -> Result:
    """Every difference with its interval, every mean, and what was played."""
    first = found.runs[0]
    differences = [
        {"run": found.names[pair.b], "against": found.names[pair.a], "kpi": kpi}
        | {"mean": row.b.mean, "mean_against": row.a.mean, "change": row.difference.mean}
        | {"change_low": row.difference.low, "change_high": row.difference.high}
        | {"unit": row.unit, "finding": row.finding, "variance_ratio": row.variance_ratio, "meaning": kpi}
        for pair in found.pairs
        for kpi, row in pair.differences.items()
    ]
    means = [
        {"run": name, "kpi": kpi, "mean": mean.mean, "low_95": mean.low, "high_95": mean.high}
        | {"unit": of[kpi].unit, "better": of[kpi].better}
        for name, of, known in zip(found.names, found.key_figures, found.means, strict=True)
        for kpi, mean in known.items()
    ]
    words = {"kpi": "kpi", "meaning": "meaning", "unit": "unit", "finding": "code", "better": "code"}
    title = text(
        "Differences, paired by replication; the {n} intervals of a key figure hold together with {level}",
        lang,
        n=len(found.pairs),
        level=percent(found.level, lang),
    )
    amounts = ("mean", "mean_against", "change", "change_low", "change_high")
    about: list[tuple[str, Cell]] = []
    for name, run in zip(found.names, found.runs, strict=True):
        about += [(f"{recorded(name, lang)}{text(': ', lang)}{fact}", value) for fact, value in _about_chain(run, lang)]
    return Result(
        title=found.title(lang),
        about=tuple(about),
        findings=tuple(several_runs.findings(found, lang)),
        tables=(
            Table("differences", title, pd.DataFrame(differences), {}, amounts, words),
            Table(
                "kpis",
                text("Key figures: means over replications, with the ends of their 95 % intervals", lang),
                pd.DataFrame(means),
                {},
                ("mean", "low_95", "high_95"),
                words,
            ),
        ),
        source=text(
            "retail-lab, {name}, seed {seed}, {n} paired replications, hash {hash}: simulated",
            lang,
            name=", ".join(recorded(name, lang) for name in found.names),
            seed=first.manifest.seed,
            n=found.replications,
            hash=", ".join(run.manifest.scenario_hash[:8] for run in found.runs),
        ),
        draw=lambda: several_runs.pictures(found, lang),
        assumed=tuple(first.manifest.assumed),
        known=tuple((of["kind"], path, recorded(of["source"], lang)) for path, of in first.scenario["sources"].items()),
        made=datetime.fromisoformat(first.scenario["start"]),
        lang=lang,
        currency=found.currency,
    )


def _title(runs: Runs, lang: Language) -> str:
    if runs.chain:
        names = [recorded(run.name, lang) for run in (runs.again, runs.chain) if run]
        return " − ".join(names)
    assert runs.load is not None, "a result is of a chain or a load test"
    message = "Load test of {host}" if runs.load.run.intended_starts else "Load test in {host}"
    return text(message, lang, host=runs.load.run.host)


def _sources(runs: Runs, lang: Language) -> list[str]:
    """A line on each run: what it is and what it rests on."""
    lines = [source_of(run, lang) for run in (runs.chain, runs.again) if run]
    if runs.load:
        lines.append(
            text("retail-lab, run {run}: measured on {host}", lang, run=runs.load.run.run_id, host=runs.load.run.host)
        )
    return lines


def _about_chain(run: ChainRun, lang: Language) -> list[tuple[str, Cell]]:
    """What was played, by name."""
    manifest = run.manifest
    last = run.first_day + pd.Timedelta(days=run.days - 1)
    facts: list[tuple[str, Cell]] = [
        ("scenario", run.name),
        ("question", recorded(run.scenario["question"], lang)),
        ("first day", run.first_day.date()),
        ("last day", last.date()),
        ("days", run.days),
        ("warm-up days before", run.scenario["warmup_days"]),
        ("stores", len(run.scenario["stores"])),
        ("currency", run.scenario["currency"]),
        ("seed", manifest.seed),
        ("replications", manifest.replications),
        ("scenario hash", manifest.scenario_hash),
        ("software", named("measured" if run.measured else "assumed", lang)),
        ("opening stock as of", manifest.stock_as_of),
        ("backtest", recorded(standing(run.backtest, run.scenario), lang)),
        ("load outside the measured range", text("yes" if manifest.extrapolated else "no", lang)),
        *(("warning", recorded(sentence, lang)) for sentence in manifest.warnings),
        *(("executed file", f"{file}, SHA-256 {sha256}") for file, sha256 in manifest.code.items()),
        ("versions", ", ".join(f"{package} {version}" for package, version in manifest.versions.items())),
    ]
    return [(text(name, lang), value) for name, value in facts]


def _about_load(test: LoadTest, lang: Language) -> list[tuple[str, Cell]]:
    run = test.run
    facts: list[tuple[str, Cell]] = [
        ("load test", run.run_id),
        ("started", run.started_at),
        ("host", run.host),
        ("source of the samples", run.adapter),
        ("decision", named(test.verdict.decision, lang)),
        ("judged stretch, s", test.verdict.window_s),
        ("warm-up, s", run.warmup_s),
        ("time-out, s", run.timeout_s),
        ("trace", run.trace),
        ("trace's scenario hash", run.scenario_hash),
        ("time scale", run.time_scale),
    ]
    return [(text(name, lang), value) for name, value in facts]


def _started(test: LoadTest | None) -> datetime:
    return instant(test.run.started_at) if test else BEFORE_ALL


def _chain_tables(run: ChainRun, again: ChainRun | None, lang: Language) -> list[Table]:
    table = summaries.kpis(run, again)
    table["meaning"] = table["kpi"]
    amounts = [
        name for name in ("value", "low", "high", "again", "change", "change_low", "change_high") if name in table
    ]
    title = text("Key figures: means over replications, with the ends of their 95 % intervals", lang)
    names = {"value": "mean", "low": "low_95", "high": "high_95"}
    if again:
        title = text(
            "Key figures: first {first}, second {second}; change is second − first, with the ends of its 95 % interval where "
            "replications are paired",
            lang,
            first=recorded(run.name, lang),
            second=recorded(again.name, lang),
        )
        names = {"value": "first", "low": "first_low_95", "high": "first_high_95", "again": "second"}
        names |= {"change_low": "change_low_95", "change_high": "change_high_95"}
    order = ["kpi", *amounts, "unit", *(["finding"] if again else []), "better", "meaning"]
    by_row = tuple(names.get(name, name) for name in amounts)
    words = {"kpi": "kpi", "meaning": "meaning", "unit": "unit", "finding": "code", "better": "code"}
    return [Table("kpis", title, table[order].rename(columns=names), {}, by_row, words), *_played_tables(run, lang)]


def _played_tables(run: ChainRun, lang: Language) -> list[Table]:
    hours = summaries.by_hour(run)
    per_hour = {"hour": "h", "customers": "customers/h", "left_the_line": "customers/h", "mean_wait_s": "s"}
    each = run.kpis[["replication", "kpi", "value", "unit"]]
    units = {"date": "date", **{name: unit for name, (_, unit) in PER_DAY.items()}}
    units |= {name: unit for name, (*_, unit) in RATIOS.items()}
    kinds = {"location_kind": "code"}

    def table(name: str, title: str, *of: Any) -> Table:
        return Table(name, text(title, lang), *of)

    happened = [] if run.random_faults is None else [happened_faults(run)]
    return [
        *(
            table("random_faults", "Random faults that happened", frame, {"minutes": "min"}, (), {"kind": "code"})
            for frame in happened
            if len(frame)
        ),
        table("by_hour", "By hour of the day: all stores together, a mean day", hours, per_hour),
        table("by_day", "By day: all stores and warehouses together, means over replications", by_day(run), units),
        table("by_location", "By store and warehouse: a mean day", by_location(run), units, (), kinds),
        table(
            "by_location_and_day",
            "By store or warehouse and day: means over replications",
            by_both(run),
            units,
            (),
            kinds,
        ),
        table(
            "kpis_by_replication",
            "Key figures of each replication",
            each,
            {},
            ("value",),
            {"kpi": "kpi", "unit": "unit"},
        ),
    ]


def happened_faults(run: ChainRun) -> pd.DataFrame:
    """A row a random fault: replication, name, kind, the name of the one it followed, local time of its beginning, length, and where."""
    assert run.random_faults is not None  # asked for before
    of = run.random_faults
    begins = pd.Timestamp(run.scenario["start"]) + pd.to_timedelta(of["from_s"], unit="s")
    return pd.DataFrame(
        {
            "replication": of["replication"],
            "fault": of["fault"],
            "kind": of["kind"],
            "followed": of["after"],
            "begins": begins.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "minutes": (of["until_s"] - of["from_s"]) / 60,
            "place": [", ".join(codes) for codes in of["places"]],
        }
    )


def by_day(run: ChainRun) -> pd.DataFrame:
    """A row a day: `date` and the columns of `PER_DAY` and `RATIOS`, over all locations."""
    return _dated(run, _summed(run, ["day"], run.manifest.replications))


def by_location(run: ChainRun) -> pd.DataFrame:
    """A row a location: code, name, kind, region, and the same columns for a mean day."""
    return _named(run, _summed(run, ["location_code"], run.manifest.replications * run.days))


def by_both(run: ChainRun) -> pd.DataFrame:
    """A row a location and day."""
    return _dated(run, _named(run, _summed(run, ["location_code", "day"], run.manifest.replications)))


def _summed(run: ChainRun, by: list[str], over: int) -> pd.DataFrame:
    sums = run.daily.groupby(by, sort=False)[_COUNTED].sum()
    columns = {name: sums[counter] / over for name, (counter, _) in PER_DAY.items()}
    columns |= {name: sums[part] / sums[whole].where(sums[whole] > 0) for name, (part, whole, _) in RATIOS.items()}
    return pd.DataFrame(columns).reset_index()


_COUNTED = sorted(
    {counter for counter, _ in PER_DAY.values()} | {name for *pair, _ in RATIOS.values() for name in pair}
)


def _dated(run: ChainRun, table: pd.DataFrame) -> pd.DataFrame:
    date = pd.Timestamp(run.scenario["start"]) + pd.to_timedelta(table["day"], unit="D")
    at = table.columns.get_loc("day")
    table = table.drop(columns="day")
    table.insert(int(np.asarray(at)), "date", date)
    return table


def _named(run: ChainRun, table: pd.DataFrame) -> pd.DataFrame:
    places = {place["code"]: (place, kind) for kind in ("store", "warehouse") for place in run.scenario[f"{kind}s"]}
    codes = table["location_code"]
    table.insert(1, "location_name", [places[code][0].get("name") or code for code in codes])
    table.insert(2, "location_kind", [places[code][1] for code in codes])
    table.insert(3, "region", [run.regions[code] for code in codes])
    return table


def _renamed(table: Table, second: str, lang: Language) -> Table:
    return replace(table, name=f"second_{table.name}", title=f"{second}{text(': ', lang)}{table.title}")


def load_tables(test: LoadTest, lang: Language) -> list[Table]:
    """The tables of a load test: findings, journeys, steps, the run over time, response times, and the service profile."""
    amounts = ("target", "estimate", "low", "high")
    journeys = pd.DataFrame([line.model_dump() for line in test.verdict.journeys])
    steps = pd.DataFrame([line.model_dump() for line in test.verdict.steps])
    bounds = {"gap_s": "s", "confidence": "share"}
    per_hour = {"offered_per_hour": "journeys/h", "completed_per_hour": "journeys/h"}
    times = dict.fromkeys(("mean_s", "p50_s", "p95_s", "p99_s", "from_s", "to_s"), "s")
    rates = dict.fromkeys(("answered_per_s", "neither_per_s", "failed_per_s", "requests_per_s"), "requests/s")
    lags = dict.fromkeys(("response_median_s", "response_p99_s", "lag_p99_s"), "s")
    shares = dict.fromkeys(("share", "availability", "availability_low", "availability_high"), "share")
    codes = dict.fromkeys(("journey", "scope", "decision", "quantity"), "code") | {"unit": "unit"}
    found = {
        "findings": (
            "Findings of the verdict, each with its interval and its target",
            summaries.findings(test),
            bounds,
        ),
        "journeys": ("Journeys by outcome", journeys, per_hour),
        "steps": ("Requests by step; times are of answered requests alone", steps, times),
        "over_time": ("Over the run", summaries.over_time(test), times | rates | lags),
        "responses": ("Response times of answered requests", summaries.responses(test), times | shares),
        "profile": ("Service profile by journey and load", summaries.service(test), times | rates | shares),
    }
    return [
        Table(name, text(title, lang), frame, units, amounts if name == "findings" else (), codes)
        for name, (title, frame, units) in found.items()
        if len(frame)
    ]
