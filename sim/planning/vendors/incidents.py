"""Incident lists: how often a system failed, for how long, and the share of time that it was up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sim.planning.vendors.instants import instant, order, same_zone
from sim.planning.vendors.vendor_file import IncidentList, nearest
from sim.records.decisions.evidence import Figure
from sim.records.refusal import Refusal
from sim.tables import units, values
from sim.tables.faults import Faults
from sim.tables.headings import Column, Table, find, plain
from sim.tables.moments import seconds
from sim.tables.sheets import Cell, read_sheets

MONTH = timedelta(days=365.25 / 12)
LONGEST = timedelta(days=3_653)
"""Of a period; a longer one has a day with a wrong year."""
ASSUMED = timedelta(hours=1)
"""Length of the incident that bounds the time down where there was none."""
_AGREES = timedelta(minutes=1)
"""Between the end of an incident and its start plus its length."""
_COLUMNS = (
    Column("start", ("started", "begin", "opened", "start time", "started at", "from", "开始时间", "开始", "发生时间", "故障开始"), needed=True),
    Column("end", ("ended", "resolved", "end time", "ended at", "resolved at", "to", "until", "结束时间", "结束", "恢复时间", "故障恢复")),
    Column("minutes", ("duration", "length", "downtime", "duration minutes", "持续时间", "持续时长", "时长", "分钟", "持续分钟", "故障时长")),
    Column("severity", ("priority", "level", "严重程度", "级别", "等级", "故障等级")),
    Column("scope", ("affected", "impact", "service", "component", "影响范围", "范围", "影响", "系统")),
)  # fmt: skip


@dataclass(frozen=True)
class Incident:
    """One row of a list."""

    start: datetime
    end: datetime
    severity: str
    scope: str


@dataclass(frozen=True)
class Period:
    """The time that a list covers."""

    begin: datetime
    end: datetime
    assumed: bool
    """Whether it is the span of the incidents, because none is given."""

    @property
    def length(self) -> timedelta:
        """From begin to end."""
        return self.end - self.begin


@dataclass(frozen=True)
class Down:
    """What counts of a list: spells in which the system was down, one after another, and how many of its incidents lie outside the period."""

    spells: tuple[tuple[datetime, datetime], ...]
    period: Period
    listed: int
    outside: int


def read(path: Path, asked: IncidentList, as_of: date) -> Down:
    """The incidents of a table that count, those that overlap merged into one spell.

    Raises `TableRefusal` with every row that holds no incident up to `as_of`; `Refusal` for a table without an incident and a period, a severity or a
    scope that no incident has, and a period that is none.
    """
    counted = _chosen(path, _rows(path, as_of), asked)
    period = _period(path, counted, asked)
    within = [each for each in counted if each.start < period.end and each.end >= period.begin]
    spells: list[tuple[datetime, datetime]] = []
    for each in sorted(within, key=lambda each: each.start):
        start, end = max(each.start, period.begin), min(each.end, period.end)
        if spells and start <= spells[-1][1]:
            spells[-1] = (spells[-1][0], max(spells[-1][1], end))
        else:
            spells.append((start, end))
    return Down(tuple(spells), period, len(counted), len(counted) - len(within))


def figures(down: Down) -> dict[str, Figure]:
    """`incidents_per_month`, `incident_availability` (the share of the period up), each with a 95 % interval, and `longest_incident_min`.

    The rate has the exact interval of a Poisson rate (Garwood 1936, Biometrika 28). The time down has that of a sum of Poisson counts, each
    weighted by the length of its spell (Fay and Feuer 1997, Statistics in Medicine 16); where there was no incident, one of `ASSUMED` bounds it.
    """
    from scipy.stats import chi2

    n, months = len(down.spells), down.period.length / MONTH
    lengths = [(end - start) / down.period.length for start, end in down.spells]
    rate = Figure(
        low=float(chi2.ppf(0.025, 2 * n)) / 2 / months if n else 0.0,
        estimate=n / months,
        high=float(chi2.ppf(0.975, 2 * n + 2)) / 2 / months,
    )
    total, square = sum(lengths), sum(each**2 for each in lengths)
    longest = max(lengths, default=min(ASSUMED / down.period.length, 1.0))
    least = square / (2 * total) * float(chi2.ppf(0.025, 2 * total**2 / square)) if square else 0.0
    most = 0.0
    if longest:
        wide = square + longest**2
        most = wide / (2 * (total + longest)) * float(chi2.ppf(0.975, 2 * (total + longest) ** 2 / wide))
    longest_min = max(lengths, default=0.0) * (down.period.length / timedelta(minutes=1))
    return {
        "incident_availability": Figure(low=max(1 - most, 0.0), estimate=1 - total, high=1 - least),
        "incidents_per_month": rate,
        "longest_incident_min": Figure(low=longest_min, estimate=longest_min, high=longest_min),
    }


def _rows(path: Path, as_of: date) -> list[Incident]:
    sheet = read_sheets(path, flag=False)[0]
    table, faults = find(sheet, _COLUMNS, mappable=False), Faults()
    if not {"end", "minutes"} & table.place.keys():
        raise Refusal(
            sheet.where, f"row {table.heading_row}", "a column end, or minutes", ", ".join(table.heading.values())
        )
    orders = {name: order(table, name) for name in ("start", "end") if name in table.place}
    found, first = [], None
    for row, record in table.records():
        column = "start"
        try:
            start = instant(record.get("start"), orders["start"])
            first = first or start
            same_zone(start, first)
            if start.date() > as_of:
                raise ValueError(f"an instant up to {as_of}, to which ages count (as_of)")
            column = "minutes" if "end" not in record and ("minutes" in record or "end" not in table.place) else "end"
            end = _end(record, table, orders, start)
            if end.date() > as_of:
                raise ValueError(f"an incident that ended by {as_of}, to which ages count (as_of)")
        except (ValueError, OverflowError) as error:
            cell = record.get(column)
            shown = "nothing" if cell is None else str(cell)
            why = "a length of time" if isinstance(error, OverflowError) else str(error)
            faults.add(sheet, row, table.heading.get(column, column), why, shown)
            continue
        severity, scope = (values.text(record.get(name)) for name in ("severity", "scope"))
        found.append(Incident(_utc(start), _utc(end), severity, scope))
    faults.refuse()
    return found


def _utc(when: datetime) -> datetime:
    """An instant with a time zone in UTC; one without stays as it is."""
    return when if when.tzinfo is None else when.astimezone(UTC).replace(tzinfo=None)


def _end(record: dict[str, Cell], table: Table, orders: dict, start: datetime) -> datetime:
    """The end of an incident: given, or by its length; where both are, they agree. Raises `ValueError`."""
    length = None
    if "minutes" in record:
        length = timedelta(seconds=seconds(record["minutes"], units.factor(table.heading["minutes"], "time") or 60.0))
        if length < timedelta(0):
            raise ValueError("a length of 0 minutes or more")
    if "end" not in record:
        if length is None:
            raise ValueError("an end (of one that goes on: the last day of the list)")
        return start + length
    end = instant(record["end"], orders["end"])
    same_zone(start, end)
    if end < start:
        raise ValueError(f"an instant after {start}")
    if length is not None and abs(end - start - length) > _AGREES:
        raise ValueError(f"an end that agrees with {table.heading['minutes']}, {record['minutes']}")
    return end


def _chosen(path: Path, rows: list[Incident], asked: IncidentList) -> list[Incident]:
    """The incidents of the severities and scopes that count."""
    for name, wanted in (("severity", asked.severity), ("scope", asked.scope)):
        known = {plain(getattr(each, name)): getattr(each, name) for each in rows if getattr(each, name)}
        for each in wanted:
            if rows and plain(str(each)) not in known:
                listed = ", ".join(sorted(known.values())) or "none has any"
                raise Refusal(path, name, f"a {name} of the table: {listed}{nearest(str(each), known.values())}", each)
        chosen = {plain(str(each)) for each in wanted}
        rows = [each for each in rows if not chosen or plain(getattr(each, name)) in chosen]
    return rows


def _period(path: Path, counted: Sequence[Incident], asked: IncidentList) -> Period:
    if asked.begin and asked.end:
        end = datetime.combine(asked.end, datetime.min.time()) + timedelta(days=1)
        found = Period(datetime.combine(asked.begin, datetime.min.time()), end, assumed=False)
    else:
        if not counted:
            raise Refusal(path, "", "incidents, or the period (from, to) in which there was none", "no rows")
        begin, end = min(each.start for each in counted), max(each.end for each in counted)
        if len(counted) == 1:
            raise Refusal(path, "", "the period (from, to) of a list with one incident")
        found = Period(begin, end, assumed=True)
    if not timedelta(0) < found.length <= LONGEST:
        raise Refusal(
            path,
            "",
            f"a period of more than no time and at most {LONGEST.days // 365} years",
            f"{found.begin} to {found.end}",
        )
    return found
