"""Moments by the stores' clocks, as logs write them: ISO, slashes, digits, Chinese, month names, Excel serial dates, AM and PM, zones."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal
from sim.tables.values import Order

_HALF = r"上午|下午|中午|晚上|凌晨|早上"
_CLOCK = (
    rf"(?:(?P<b>{_HALF})\s*)?(?P<h>[01]?\d|2[0-3])(?:[:点點时時h](?P<n>[0-5]?\d)?(?:[:分m](?P<s>[0-5]?\d)?(?:[.,]\d+)?秒?)?)"
    r"(?:\s*(?P<a>[AaPp]\.?[Mm]\.?))?"
)
_HOUR = r"(?P<h>0?[1-9]|1[0-2])\s*(?P<a>[AaPp]\.?[Mm]\.?)"
_ZONE = r"(?:\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})(?:\s*\[[\w/]+\])?)?"
_TIME = rf"(?:[T ]+{_CLOCK}{_ZONE})?"
_MONTHS = {name: n + 1 for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}  # noqa: SIM905
_NAMED = rf"(?P<month>(?:{'|'.join(_MONTHS)})[a-z]*)"
_YEAR_FIRST = [
    rf"(?P<y>\d{{4}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}}){_TIME}",
    rf"(?P<y>\d{{4}})年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})[日号]{_TIME.replace('[T ]+', '[T ]*')}",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})[T ]?(?P<h>[01]\d|2[0-3])(?P<n>[0-5]\d)(?P<s>[0-5]\d)?" + _ZONE,
    rf"(?P<y>\d{{4}})(?P<m>\d{{2}})(?P<d>\d{{2}}){_TIME}",
    rf"(?i:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[- /.]*{_NAMED}[-, /.]*(?P<y>\d{{4}}|\d{{2}}){_TIME.replace('[T ]+', ',?[T ]+')})",
    rf"(?i:{_NAMED}\.? *(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<y>\d{{4}}){_TIME.replace('[T ]+', ',?[T ]+')})",
]
_NOISE = re.compile(
    r"\s*[(（]?(?:星期[一二三四五六日天]|周[一二三四五六日]"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?)[)）]?\s*",
    re.IGNORECASE,
)
_EARLIEST, _LATEST = np.datetime64("1900-01-01", "s"), np.datetime64("2200-01-01", "s")
_EXCEL_DAYS = 20_000, 80_000
_EXCEL_ORIGIN = np.datetime64("1899-12-30", "s")
_NONE = np.datetime64("NaT", "s")


@dataclass(frozen=True)
class Zone:
    """Of the stores' clocks, and of stamps without a zone of their own."""

    wall: str = ""
    """Empty: stamps with a zone cannot be read."""
    bare: str = ""
    """Empty: they are the wall's."""


def zone_of(text: str) -> Zone:
    """`ZONE`, or `FROM:ZONE` where stamps without a zone are FROM's. Raises `Refusal` for a name that no zone has."""
    first, colon, second = (part.strip() for part in text.partition(":"))
    for name in filter(None, (first, second)):
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            expected = "a time zone such as Asia/Shanghai or Europe/London (UTC:Europe/London where stamps without a zone are UTC)"
            raise Refusal("--time-zone", "", expected, name) from None
    return Zone(second, first) if colon else Zone(first)


def moments(column: pa.Array, order: Order | None = None, zone: Zone = Zone()) -> tuple[np.ndarray, np.ndarray]:
    """datetime64[s][n], NaT where a value is no moment from 1900 to 2199; and bool[n], where it has a zone and `zone` names none.

    `order` also reads 12/1/2010 (or with - or ., or two digits of the year): mdy as December 1st, dmy as January 12th; and ymd 10/12/1. A moment
    with a zone ("…Z", "+08:00") is taken to `zone`'s wall clock.
    """
    instants, zoned = _read(column, order, zone)
    instants[~((instants >= _EARLIEST) & (instants < _LATEST))] = _NONE
    return instants, zoned


def joined(days: pa.Array, clocks: pa.Array, order: Order | None, zone: Zone) -> tuple[np.ndarray, np.ndarray]:
    """`moments` of a column of dates and a column of times of day, row by row. A time that holds a date too stands for itself."""
    day, clock = (pc.dictionary_encode(column) for column in (days, clocks))
    whole, zoned = moments(clock.dictionary, order, zone)
    time_s = np.where(np.isnat(whole), clock_seconds(clock.dictionary), 0.0)
    dates, _ = moments(day.dictionary, order)
    at_day, at_clock = (
        pc.fill_null(codes.indices, len(codes.dictionary)).to_numpy(zero_copy_only=False) for codes in (day, clock)
    )
    whole, zoned = np.append(whole, _NONE)[at_clock], np.append(zoned, False)[at_clock]
    at = np.append(dates, _NONE)[at_day]
    own = (at - at.astype("datetime64[D]")).astype("timedelta64[s]")
    seconds = np.append(time_s, np.nan)[at_clock]
    shift = np.where(np.isnan(seconds), np.timedelta64("NaT", "s"), np.nan_to_num(seconds).astype("timedelta64[s]"))
    at = np.where(
        np.isnat(shift) & (own > np.timedelta64(0, "s")), at, at.astype("datetime64[D]").astype("datetime64[s]") + shift
    )
    at = _to_wall(at, np.full(len(at), np.nan), zone)
    dated = ~np.isnat(whole) & (whole >= np.datetime64("1905-01-01"))
    return np.where(dated | zoned, whole, at), zoned


def clock_seconds(column: pa.Array) -> np.ndarray:
    """float64[n], seconds since midnight, NaN where a value is no time of day: 9:30, 9:30 PM, 下午9:30, 093000, a fraction of a day."""
    if pa.types.is_time(column.type):
        return (
            pc.cast(pc.cast(column, pa.time64("us")), pa.int64()).to_numpy(zero_copy_only=False).astype(np.float64)
            // 1e6
        )
    text = _plain(column)
    number = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    seconds = np.where((number >= 0) & (number < 1), np.rint(number * 86_400), np.nan)
    spreadsheet, _ = moments(pa.array(text.where(text.str.match(r"1(899|90\d)-"), ""), pa.string()))
    dated = ~np.isnat(spreadsheet)
    seconds[dated] = (spreadsheet - spreadsheet.astype("datetime64[D]"))[dated].astype(np.float64)
    digits = text.where(text.str.fullmatch(r"\d{3,6}"), "")
    width = 6 if (digits.str.len() > 4).any() else 4
    compact = digits.where(
        digits == "",
        digits.str.zfill(width).str.replace(r"(\d\d)(\d\d)(\d\d)?", r"\1:\2:\3", regex=True).str.rstrip(":"),
    )
    text = text.where(compact == "", compact)
    for pattern in (_CLOCK, _HOUR):
        left = np.flatnonzero(np.isnan(seconds))
        if left.size:
            seconds[left] = _seconds(text.iloc[left].str.extract(rf"^(?i:{pattern})$"))
    return seconds


def changed_hours(stamp: np.ndarray, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """bool[n] each: stamps in an hour that came twice by the zone's clock, and in one that it left out."""
    known = ~np.isnat(stamp)
    wall = pd.DatetimeIndex(stamp[known].astype("datetime64[ns]"))
    one = np.ones(len(wall), dtype=bool)
    twice, never = np.zeros(len(stamp), dtype=bool), np.zeros(len(stamp), dtype=bool)
    twice[known] = wall.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna()
    never[known] = wall.tz_localize(zone, ambiguous=one, nonexistent="NaT").isna()
    return twice, never


def _read(column: pa.Array, order: Order | None, zone: Zone) -> tuple[np.ndarray, np.ndarray]:
    none = np.zeros(len(column), dtype=bool)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _to_wall(
            column.to_numpy(zero_copy_only=False).astype("datetime64[s]"), np.full(len(column), np.nan), zone
        ), none
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return _to_wall(
            _excel(column.to_numpy(zero_copy_only=False).astype(np.float64)), np.full(len(column), np.nan), zone
        ), none
    text = _plain(column)
    instants = _excel(pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64))
    offset_s = np.full(len(column), np.nan)
    for pattern in [*_YEAR_FIRST, *([_in_order(order)] if order else [])]:
        left = np.flatnonzero(np.isnat(instants))
        if left.size:
            instants[left], offset_s[left] = _parts(text.iloc[left], pattern)
    zoned = ~np.isnan(offset_s) & (zone.wall == "")
    return np.where(zoned, _NONE, _to_wall(instants, offset_s, zone)), zoned


def _plain(column: pa.Array) -> pd.Series:
    """Texts to parse: digits of normal width, without weekdays, padding and a spreadsheet's apostrophe."""
    texts = [text or "" for text in pc.cast(column, pa.string()).to_pylist()]
    if not all(map(str.isascii, texts)):
        texts = [unicodedata.normalize("NFKC", text) for text in texts]
    noisy = (
        pc.any(pc.match_substring_regex(column, "星期|周|[A-Za-z]{3}")).as_py()
        if pa.types.is_string(column.type)
        else False
    )
    plain = [text.strip().removeprefix("'") for text in texts]
    return pd.Series([_NOISE.sub(" ", text).strip(" ,") for text in plain] if noisy else plain, dtype=object)


def _excel(days: np.ndarray) -> np.ndarray:
    instants = np.full(len(days), _NONE)
    serial = (days >= _EXCEL_DAYS[0]) & (days < _EXCEL_DAYS[1])
    instants[serial] = _EXCEL_ORIGIN + np.rint(days[serial] * 86_400).astype("timedelta64[s]")
    return instants


def _in_order(order: Order) -> str:
    """Pattern of a date of three numbers in that order."""
    first, second, third = (rf"(?P<{unit}>{r'(?:[0-9]{2}){1,2}' if unit == 'y' else r'[0-9]{1,2}'})" for unit in order)
    return rf"{first}(?P<sep>[-/.]){second}(?P=sep){third}{_TIME.replace('[T ]+', ',?[T ]+')}"


def _parts(text: pd.Series, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """Moments as written, datetime64[s][n], and their distance from UTC, float64[n] seconds, NaN without a zone."""
    parts = text.str.extract(rf"^{pattern}$")
    number = {unit: pd.to_numeric(parts[unit], errors="coerce") for unit in "ymd" if unit in parts}
    if "month" in parts:
        number["m"] = parts["month"].str[:3].str.lower().map(_MONTHS)
    number["y"] = number["y"].where(number["y"] > 99, number["y"] + 2000)
    days = pd.to_datetime(
        pd.DataFrame({"year": number["y"], "month": number["m"], "day": number["d"]}), errors="coerce"
    )
    day = days.to_numpy().astype("datetime64[s]")
    seconds = np.where(parts["h"].isna() & parts["y"].notna(), 0.0, _seconds(parts))
    at = np.where(np.isnan(seconds), _NONE, day + np.nan_to_num(seconds).astype("timedelta64[s]"))
    if "z" not in parts or parts["z"].isna().all():
        return at, np.full(len(text), np.nan)
    zone = parts["z"].str.replace(":", "").replace({"Z": "+0000", "z": "+0000", "UTC": "+0000", "GMT": "+0000"})
    shift = (
        pd.to_numeric(zone.str[1:3], errors="coerce") * 3600
        + pd.to_numeric(zone.str[3:5].replace("", "0"), errors="coerce") * 60
    )
    return at, np.where(zone.str[0] == "-", -shift, shift).astype(np.float64)


def _seconds(parts: pd.DataFrame) -> np.ndarray:
    """Seconds since midnight, NaN without an hour, or where it contradicts AM or PM."""
    hour = pd.to_numeric(parts["h"], errors="coerce")
    minute, second = (pd.to_numeric(parts[unit], errors="coerce").fillna(0) if unit in parts else 0.0 for unit in "ns")
    half = parts["a"].str.lower().str.replace(".", "") if "a" in parts else pd.Series(np.nan, parts.index, dtype=object)
    before = parts["b"] if "b" in parts else pd.Series(np.nan, parts.index, dtype=object)
    late = (half == "pm") | before.isin(["下午", "晚上"]) | ((before == "中午") & (hour < 3))
    early = (half == "am") | before.isin(["上午", "凌晨", "早上"])
    hour = (
        hour.where(~(late & (hour < 12)), hour + 12)
        .where(~(early & (hour == 12)), 0)
        .mask(half.notna() & (hour == 0) & ~early)
    )
    return (hour * 3600 + minute * 60 + second).to_numpy(dtype=np.float64)


def _to_wall(at: np.ndarray, offset_s: np.ndarray, zone: Zone) -> np.ndarray:
    """Moments on the stores' clocks: those at a distance from UTC, and where `zone.bare` says so the others too."""
    if not zone.wall:
        return at
    zoned = ~np.isnan(offset_s) & ~np.isnat(at)
    bare = ~zoned & ~np.isnat(at) & bool(zone.bare)
    wall = at.copy()
    for rows, utc in (
        (zoned, lambda rows: pd.DatetimeIndex(at[rows] - offset_s[rows].astype("timedelta64[s]")).tz_localize("UTC")),
        (
            bare,
            lambda rows: pd.DatetimeIndex(at[rows]).tz_localize(
                zone.bare, ambiguous=np.ones(rows.sum(), bool), nonexistent="shift_forward"
            ),
        ),
    ):
        if rows.any():
            wall[rows] = utc(rows).tz_convert(zone.wall).tz_localize(None).to_numpy().astype("datetime64[s]")
    return wall
