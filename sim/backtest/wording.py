"""The verdicts of a validation and of a scoring in words."""

from __future__ import annotations

from math import isfinite

from sim.evidence.wording import count, percent
from sim.records.predictions.backtest import ACCEPTED, Backtest, BacktestRow
from sim.records.predictions.score import CALIBRATED, Score

_MOST_NAMED = 4


def sentence(record: Backtest) -> str:
    """Decision, days, intervals that held, and what deviates by how much and in what; of an accepted model what it could have missed."""
    begin = (
        f"{ACCEPTED[record.decision]} at the {percent(record.level)} level, backtested on {record.first} to {record.last}: "
        f"of {record.intervals:,} intervals at 80 % {record.held_80:,} held, at 95 % {record.held_95:,}"
    )
    beyond = [row for row in record.rows if row.where != "within chance"]
    if beyond:
        named = [_deviation(row) for row in beyond[:_MOST_NAMED]]
        more = [f"{len(beyond) - _MOST_NAMED} more rows"] if len(beyond) > _MOST_NAMED else []
        return f"{begin}. Beyond chance: {'; '.join([*named, *more])}."
    reach = record.rows[0].within
    chance = (
        f" All differences are within chance, which reaches ± {percent(reach)} for all customers together."
        if reach
        else ""
    )
    return f"{begin}.{chance}"


def _deviation(row: BacktestRow) -> str:
    if row.bias is None:
        return f"{row.quantity} ({row.where})"
    side = "too much" if row.bias > 0 else "too little"
    by = (
        f"{percent(abs(row.bias))} {side} predicted on average"
        if abs(row.bias) >= 0.005
        else "right on average, wrong in places"
    )
    return f"{row.quantity}: {by} ({row.where})"


def score_sentence(record: Score) -> str:
    """Decision, runs and when they were made, intervals that held, and the greatest bias."""
    cells, held = sum(row.cells for row in record.rows), sum(row.held_80 for row in record.rows)
    at_95 = (
        ""
        if any(row.held_95 is None for row in record.rows)
        else f", at 95 % {sum(row.held_95 or 0 for row in record.rows):,}"
    )
    late = sum("after the fact" in run.made or "unknown" in run.made for run in record.runs)
    few = f"{late} of them " if late < len(record.runs) else ""
    made = f", {few}made after the fact or at an unknown date" if late else ", made before the days that are scored"
    worst = max(record.rows, key=lambda row: abs(row.bias or 0), default=None)
    bias = f"; most biased: {worst.quantity}, {_by(worst.bias)}" if worst and worst.bias else ""
    judged = f"{CALIBRATED[record.decision]} at the {percent(record.level)} level (p = {record.p:.3g})"
    return (
        f"{judged}: {count(len(record.runs), 'run')}{made}; of {cells:,} intervals at 80 % {held:,} held{at_95}{bias}."
    )


def _by(bias: float) -> str:
    return f"{percent(abs(bias))} too {'much' if bias > 0 else 'little'} predicted"


def known(value: float) -> float | None:
    """A figure as a record holds it: None for NaN and infinities."""
    return float(value) if isfinite(value) else None
