"""Instants written as local dates, in any order of day, month and year."""

from __future__ import annotations

import pandas as pd

_FORM = (
    r"^\s*(?P<a>\d{1,4})[./-](?P<b>\d{1,2})[./-](?P<c>\d{1,4})(?:[T,]|\s)+(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,:](?P<part>\d{1,9}))?)?\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*$"
)
_ORDERS = (("year", "month", "day"), ("day", "month", "year"), ("month", "day", "year"))


def instants(stamps: pd.Series) -> pd.Series:
    """Seconds since 1970 as if written in UTC (an offset that stands there is taken off); NaN for what is no date with a time.

    Where a date can be read in more than one order, as 05.06. and 06.06. of a test across a night, all are read in the order with the shortest
    span: a load test takes hours, not months.
    """
    parts = stamps.str.extract(_FORM)
    clock_s = _clock_s(parts)
    best = pd.Series(float("nan"), index=stamps.index)
    best_score = -1, 0.0
    for order in _ORDERS:
        read_s = _days(parts, order) * 86400 + clock_s
        known, span_s = int(read_s.notna().sum()), float(read_s.max() - read_s.min())
        if known > best_score[0] or (known == best_score[0] and span_s < best_score[1]):
            best, best_score = read_s, (known, span_s)
    return best


def _clock_s(parts: pd.DataFrame) -> pd.Series:
    hour, minute, second = (pd.to_numeric(parts[name]).fillna(0) for name in ("hour", "minute", "second"))
    fraction = pd.to_numeric("0." + parts["part"].fillna("0"))
    half = parts["half"].str.lower()
    hour = hour.where(half.isna(), hour % 12 + 12 * (half == "pm"))
    zone = parts["zone"].where(parts["zone"] != "Z").str.replace(":", "", regex=False).fillna("+0000")
    east_s = (zone.str[1:3].astype(int) * 60 + zone.str[3:5].astype(int)) * 60 * zone.str[0].map({"+": 1, "-": -1})
    known = (hour < 24) & (minute < 60) & (second < 61) & parts["hour"].notna()
    return (hour * 3600 + minute * 60 + second + fraction - east_s).where(known)


def _days(parts: pd.DataFrame, order: tuple[str, str, str]) -> pd.Series:
    """Days since 1970; a year has four digits, or two of this century where it comes last."""
    read = {name: parts[column] for name, column in zip(order, "abc", strict=True)}
    year = read["year"]
    digits = year.str.len()
    year = pd.to_numeric(year).where((digits == 4) | ((digits == 2) & (order[0] != "year")))
    year = year.where(digits != 2, year + 2000)
    table = pd.DataFrame({"year": year, "month": pd.to_numeric(read["month"]), "day": pd.to_numeric(read["day"])})
    dates = pd.to_datetime(table.where(table["year"].between(1971, 2099)), errors="coerce")
    return (dates - pd.Timestamp(0)) / pd.Timedelta(days=1)
