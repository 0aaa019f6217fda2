"""A backtest as a page and as a JUnit suite: the held-back days with their intervals, where the model differs, and how good its predictions are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.records.predictions.backtest import ACCEPTED, Backtest, Naive
from sim.report import canvas
from sim.report.canvas import BLUE, INK, RED, SKY
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, currency_name, percent, text, unit_name
from sim.report.pages.sheet import Picture, picture, write_sheet
from sim.report.units import reading


def write_backtest(record: Backtest, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a backtest in a language."""
    drawn = held_back_picture(record, lang)
    write_sheet(path, "backtest.html", lang, filters(lang), found=record, drawn=drawn, word=ACCEPTED[record.decision])


def held_back_picture(record: Backtest, lang: Language = "en") -> Picture | None:
    """The figure of a backtest; None where nothing was compared."""
    shows = text(
        "Customers of all stores that are compared. Bands: 80 and 95 % prediction intervals; line: the median; points: what was recorded, red where "
        "it is outside the 95 % interval.",
        lang,
    )
    if not record.days:
        return None
    return picture("held-back-days", _title(record, lang), shows, lambda: held_back(record, lang), lang)


def write_backtest_junit(record: Backtest, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for the backtest and for each row."""
    cases = [Case("backtest", record.decision, record.sentence, 0.0)]
    cases += [
        Case(
            row.quantity,
            "pass" if row.where == "within chance" else "fail",
            f"the difference is {row.where}",
            0.0,
            "retail-lab.rows",
        )
        for row in record.rows
    ]
    write_suite(path, "backtest", record.log, cases, [record.sentence, *record.notes], inconclusive_ok)


def held_back(record: Backtest, lang: Language) -> Any:
    """Recorded customers of each held-back day over the predicted ones."""
    figure, (axis,) = canvas.drawing(1, 3.3)
    days = [date.fromisoformat(each.day) for each in record.days]
    at: Any = days
    for low, high, alpha in (("low_95", "high_95", 0.35), ("low_80", "high_80", 0.6)):
        ends = ([getattr(each, end) for each in record.days] for end in (low, high))
        axis.fill_between(at, *ends, color=SKY, alpha=alpha, linewidth=0)
    axis.plot(at, [each.median for each in record.days], color=BLUE, linewidth=1.4)
    for colour, outside in ((INK, False), (RED, True)):
        shown = [
            (day, each.actual)
            for day, each in zip(days, record.days, strict=True)
            if each.actual is not None and (not each.low_95 <= each.actual <= each.high_95) == outside
        ]
        if shown:
            x, y = zip(*shown, strict=True)
            axis.plot(x, y, "o", color=colour, markersize=4)
    axis.set_ylabel(text("customers a day", lang))
    canvas.thousands(axis)
    canvas.dates(axis, days)
    return figure


def _title(record: Backtest, lang: Language) -> str:
    """Days within the interval, and by how much all customers differ."""
    known = [each for each in record.days if each.actual is not None]
    held = sum(each.low_80 <= (each.actual or 0) <= each.high_80 for each in known)
    actual, predicted = (
        sum(values) for values in ([each.actual or 0 for each in known], [each.median for each in known])
    )
    by = predicted / actual - 1 if actual else 0.0
    share = percent(round(abs(by), 3), lang)
    if abs(by) < 0.005:
        side = text("as many customers as predicted", lang)
    elif by > 0:
        side = text("{share} too many customers predicted", lang, share=share)
    else:
        side = text("{share} too few customers predicted", lang, share=share)
    return text("{n} of {all} days are within the 80 % interval; {side}", lang, n=held, all=len(known), side=side)


def _number(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _amount(value: float | None, unit: str) -> str:
    return "–" if value is None else _number(value * reading(unit, value)[0])


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %".replace("-", "−")


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f} %".replace("-", "−")


def _held(forecast: Naive | None, interval: str) -> str:
    held = forecast and getattr(forecast, interval)
    return "–" if held is None else str(held)


def filters(lang: Language) -> dict[str, Callable[..., str]]:
    """How the pages of backtests and scores print their figures in a language."""
    return {
        "number": _number,
        "amount": _amount,
        "share": _share,
        "signed": _signed,
        "held": _held,
        "reading_unit": lambda unit: currency_name(unit_name(reading(unit, float("nan"))[1], lang), lang),
    }
