"""Predictions that runs made, scored once the days are over: was it made before, did its intervals hold, and by how much was it off?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import ValidationError

from sim.backtest.accuracy import LEAST_REPLICATIONS, Accuracy, accuracy, quantiles
from sim.backtest.actuals import Actuals, actuals, read
from sim.backtest.cells import Days, Row, rows
from sim.backtest.chance import LEVEL, row_p_values
from sim.backtest.recorded import NONE, shelves, waits
from sim.backtest.wording import known, score_sentence
from sim.records.load_run import refuse_first
from sim.records.outcome import Manifest, outcome_folder, read_manifest, read_outcome
from sim.records.predictions.score import Score, ScoredRun, ScoreRow
from sim.records.predictions.timing import Timing, read_timing
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.traffic.log.reader import Log
from sim.traffic.log.reading import Reading

LEAST_FOR_80 = 9
"""Fewest replications of which the least and the greatest are the ends of an 80 % interval."""
LEAST_DAYS = 7
"""Fewer days do not decide."""


@dataclass(frozen=True)
class _Prediction:
    """The replications of one run over the days that are scored, and what happened."""

    run: ScoredRun
    actual: list[Row]
    predicted: list[Row]
    days: int


def score(
    runs: Sequence[Path],
    path: Path,
    reading: Reading,
    stores: Mapping[str, str],
    stockouts: Path | None = None,
    timed: Path | None = None,
    headings: Mapping[str, str] = NONE,
    after_the_fact: bool = False,
    accept_skipped: bool = False,
) -> Score:
    """Score runs by a log, and by tables of stock and waits where there are any.

    Raises `Refusal` for a run that was made after the days it predicts, or whose date is not kept, unless `after_the_fact`; for one with fewer
    than nine replications; and for one of whose days the log has none.
    """
    log, odd = read(path, reading, accept_skipped)
    notes: list[str] = []
    by_hash: dict[str, Path] = {}
    for run in runs:
        if (other := by_hash.setdefault(read_manifest(run).scenario_hash, run)) != run or list(runs).count(run) > 1:
            raise Refusal(run, "", f"another prediction than that of {other}", "the same scenario and seed")
    found = [_prediction(run, path, log, stores, stockouts, timed, headings, after_the_fact, notes) for run in runs]
    scored = [_p(each) for each in found]
    few = min(run.replications for run in scored) < LEAST_REPLICATIONS
    enough = not few and sum(each.days for each in found) >= LEAST_DAYS
    p = _together([run.p for run in scored])
    if few:
        notes.append(f"fewer than {LEAST_REPLICATIONS} replications give no 95 % interval, and do not decide")
    elif not enough:
        notes.append(f"fewer than {LEAST_DAYS} days do not decide")
    record = Score(
        log=path.name,
        level=LEVEL,
        decision="inconclusive" if not enough else "fail" if p <= LEVEL else "pass",
        p=p,
        sentence="",
        runs=scored,
        rows=_rows(found, few),
        notes=list(dict.fromkeys([*notes, *odd])),
    )
    return record.model_copy(update={"sentence": score_sentence(record)})


def _prediction(
    run: Path,
    path: Path,
    log: Log,
    stores: Mapping[str, str],
    stockouts: Path | None,
    timed: Path | None,
    headings: Mapping[str, str],
    after_the_fact: bool,
    notes: list[str],
) -> _Prediction:
    manifest, timing = read_manifest(run), read_timing(run)
    scenario = _scenario(run, manifest)
    if manifest.replications < LEAST_FOR_80:
        raise Refusal(run, "replications", f"at least {LEAST_FOR_80}, for an 80 % interval", manifest.replications)
    begins = scenario.start + timedelta(days=scenario.warmup_days)
    ends = scenario.start + timedelta(days=scenario.days - 1)
    made, from_day = _made(run, timing, scenario, begins, ends, after_the_fact)
    happened = actuals(path, log, scenario, stores)
    first, last = max(begins, from_day, happened.first), min(ends, happened.last)
    if first > last:
        raise Refusal(
            path,
            "timestamp",
            f"days that {run} predicts, {max(begins, from_day)} to {ends}",
            f"{happened.first} to {happened.last}",
        )
    notes.extend(happened.notes)
    if (first, last) != (begins, ends):
        notes.append(f"{run.name} predicts {begins} to {ends}; {first} to {last} are scored")
    if scenario.online.orders_per_day:
        notes.append("units and sales of a run include online orders that its stores ship; a till's log does not")
    days = (last - first).days + 1
    stock = stockouts and shelves(stockouts, scenario, happened.stores, first, days, headings)
    waited = timed and waits(timed, scenario, happened.stores, first, days, headings)
    begin = (first - happened.first).days
    cut = slice(begin, begin + days)
    seen = Days(
        happened.count[:, cut],
        happened.units[:, cut].sum(axis=2, keepdims=True),
        happened.value[:, cut].sum(axis=2, keepdims=True),
        stock.empty if stock else None,
        waited.mean_s if waited else None,
    )
    skip = (first - scenario.start).days
    daily = _cells(run, "daily", manifest, happened, skip, days)
    predicted = Days(
        daily["tickets"],
        daily["sold_units"][..., None],
        daily["sales_value"][..., None],
        daily["stockout_sku_days"] / np.maximum(daily["sku_days"], 1) if stock else None,
        None,
    )
    if waited:
        hourly = _cells(run, "hourly", manifest, happened, skip, days)
        rng = np.random.default_rng([scenario.seed, 3])
        predicted = Days(
            predicted.tickets,
            predicted.units,
            predicted.value,
            predicted.empty,
            waited.predicted(hourly["tickets"], hourly["wait_s"], rng),
        )
    compared = happened.recorded[:, cut]
    names = happened.codes, ("",), first, scenario.currency
    actual = rows(seen, compared, *names)
    by_name = {row.name: row for row in rows(predicted, compared, *names)}
    scored = ScoredRun(
        folder=str(run), scenario=scenario.name, scenario_hash=manifest.scenario_hash, first=str(first), last=str(last),
        replications=manifest.replications, made=made, p=1.0,
    )  # fmt: skip
    return _Prediction(scored, actual, [by_name[row.name] for row in actual], days)


def _scenario(run: Path, manifest: Manifest) -> Scenario:
    try:
        return Scenario.model_validate(manifest.scenario)
    except ValidationError as error:
        refuse_first(outcome_folder(run) / "manifest.json", error, "scenario.")


def _made(
    run: Path, timing: Timing, scenario: Scenario, begins: date, ends: date, after_the_fact: bool
) -> tuple[str, date]:
    """When a run was made in words, and the first day that counts as predicted: of one made within its days, the day after."""
    insist = "(--after-the-fact scores it all the same, and says so)"
    if timing.made_at is None:
        if after_the_fact:
            return "made at an unknown date", begins
        raise Refusal(run / "timing.json", "made_at", f"the date on which the run was made {insist}", "nothing")
    day = timing.made_at.astimezone(ZoneInfo(scenario.time_zone)).date()
    if day < begins:
        return f"made on {day}, before the days it predicts", begins
    if day < ends:
        return f"made on {day}, within the days it predicts: those after it are scored", max(
            begins, day + timedelta(days=1)
        )
    if after_the_fact:
        return f"made on {day}, after the fact", begins
    raise Refusal(
        run / "timing.json", "made_at", f"a run made before {ends}, the last day it predicts {insist}", str(day)
    )


def _cells(run: Path, name: str, manifest: Manifest, happened: Actuals, skip: int, days: int) -> dict[str, np.ndarray]:
    """The counters of an outcome table, float64[replications, n, d(, 24)]; hours without a row hold nothing."""
    table = read_outcome(run, name)  # type: ignore[arg-type]
    kept = table[table["location"].isin(happened.stores) & table["day"].between(skip, skip + days - 1)]
    shape = (manifest.replications, len(happened.stores), days, *((24,) if name == "hourly" else ()))
    at = [
        kept["replication"].to_numpy(),
        np.searchsorted(happened.stores, kept["location"]),
        kept["day"].to_numpy() - skip,
    ]
    if name == "hourly":
        at.append(kept["hour"].to_numpy())
    expected = f"rows of {manifest.replications} replications, {len(happened.stores)} stores and {days} days"
    whole = int(np.prod(shape))
    if (len(kept) and at[0].max() >= manifest.replications) or (name == "daily" and len(kept) != whole):
        raise Refusal(outcome_folder(run) / f"{name}.parquet", "", expected, f"{len(kept)} rows")
    return {column: _placed(kept[column], shape, at) for column in kept.columns[4 if name == "daily" else 5 :]}


def _placed(values: pd.Series, shape: tuple[int, ...], at: Sequence[np.ndarray]) -> np.ndarray:
    cells = np.zeros(shape)
    cells[tuple(at)] = values.to_numpy(dtype=np.float64)
    return cells


def _p(prediction: _Prediction) -> ScoredRun:
    p = row_p_values(prediction.actual, prediction.predicted)
    return prediction.run.model_copy(update={"p": min(p, default=1.0)})


def _together(p: Sequence[float]) -> float:
    """Fisher's combination of independent p-values; exact ones of a discrete test make it cautious."""
    from scipy.stats import combine_pvalues

    return float(p[0] if len(p) == 1 else combine_pvalues(list(p)).pvalue)


def _rows(found: Sequence[_Prediction], few: bool) -> list[ScoreRow]:
    """A row a quantity, its cells of all runs together."""
    made = []
    for name in dict.fromkeys(row.name for each in found for row in each.actual):
        pairs = [
            (row, predicted)
            for each in found
            for row, predicted in zip(each.actual, each.predicted, strict=True)
            if row.name == name
        ]
        quantile = np.concatenate([quantiles(predicted.values).reshape(5, -1) for _, predicted in pairs], axis=1)
        made.append(
            _row(
                pairs[0][0],
                len(pairs),
                accuracy(quantile, np.concatenate([row.values.ravel() for row, _ in pairs])),
                few,
            )
        )
    return made


def _row(row: Row, runs: int, found: Accuracy, few: bool) -> ScoreRow:
    return ScoreRow(
        quantity=row.name, unit=row.unit, runs=runs, cells=found.cells, actual=known(found.actual), predicted=known(found.predicted),
        bias=known(found.bias), wape=known(found.wape), pinball=known(found.pinball), held_80=found.held_80,
        held_95=None if few else found.held_95,
    )  # fmt: skip
