"""Calendars of Microsoft Project's XML: working weekdays and exceptions, with what a resource's calendar has from the one that it is based on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sim.planning.rollout.plan_files.imported import WEEK
from sim.planning.rollout.plan_files.project_elements import Node
from sim.planning.rollout.sections.amounts import WEEKDAYS, Weekday
from sim.records.refusal import Refusal

Period = tuple[date, date, str]
MOST_DAYS = 3_660
"""Of one exception."""
_FROM_SUNDAY: tuple[Weekday, ...] = (WEEKDAYS[6], *WEEKDAYS[:6])
_DAILY, _YEARLY = 1, 2


@dataclass
class Days:
    """When work is done by one calendar."""

    works: set[Weekday] = field(default_factory=lambda: set(WEEK))
    away: list[Period] = field(default_factory=list)
    """Exceptions without work."""
    extra: list[Period] = field(default_factory=list)
    """Exceptions with work."""

    def ordered(self) -> tuple[Weekday, ...]:
        """Its weekdays from Monday on."""
        return tuple(day for day in WEEKDAYS if day in self.works)

    def extra_days(self) -> list[date]:
        """Days of exceptions with work that are of no working weekday."""
        found = {first + timedelta(days=n) for first, last, _ in self.extra for n in range((last - first).days + 1)}
        return sorted(day for day in found if WEEKDAYS[day.weekday()] not in self.works)


class ProjectCalendars:
    """The calendars of a project, by their UIDs."""

    def __init__(self, project: Node):
        self.path: Path = project.path
        self._nodes: dict[int, Node] = {}
        for each in project.inside("Calendars", "Calendar"):
            node = Node(project.path, each, "calendar")
            node.where = f"calendar {node.text('Name') or node.text('UID')}"
            self._nodes[node.whole("UID")] = node

    def days(self, uid: int, place: str, based: tuple[int, ...] = ()) -> Days:
        """Of one calendar. Raises `Refusal` for a calendar that is not there or is based on itself, and for days that recur otherwise than yearly."""
        if uid not in self._nodes or uid in based:
            raise Refusal(self.path, place, "the UID of a calendar that is not based on itself", uid)
        node = self._nodes[uid]
        base = node.whole("BaseCalendarUID")
        found = self.days(base, f"{node.where}, BaseCalendarUID", (*based, uid)) if base > 0 else Days()
        if next(node.inside("WorkWeeks", "WorkWeek"), None) is not None:
            raise node.refusal("WorkWeeks", "one working week all the time, with exceptions", "others")
        for each in node.inside("WeekDays", "WeekDay"):
            day = Node(node.path, each, f"{node.where}, WeekDay")
            kind = day.whole("DayType", low=0)
            if kind == 0:
                _add(found, day, [_period(day)])
            elif kind > 7:
                raise day.refusal("DayType", "0 to 7", kind)
            elif day.whole("DayWorking"):
                found.works.add(_FROM_SUNDAY[kind - 1])
            else:
                found.works.discard(_FROM_SUNDAY[kind - 1])
        for each in node.inside("Exceptions", "Exception"):
            exception = Node(node.path, each, f"{node.where}, Exception")
            exception.where += f" {exception.text('Name')}" if exception.text("Name") else ""
            _add(found, exception, _recurring(exception))
        if not found.works:
            raise node.refusal("WeekDays", "a working weekday", "none")
        return found


def _add(into: Days, node: Node, periods: list[Period]) -> None:
    """Note exceptions; one that both forms of the schema have is one, under its name."""
    held = into.extra if node.whole("DayWorking") else into.away
    known = {each[:2]: each[2] for each in held}
    held[:] = [(*days, name) for days, name in (known | {each[:2]: each[2] for each in periods}).items()]


def _period(node: Node) -> Period:
    for each in node.inside("TimePeriod"):
        within = Node(node.path, each, node.where)
        first, last = within.day("FromDate"), within.day("ToDate")
        if first and last and first <= last:
            return first, last, node.text("Name")
    raise node.refusal("TimePeriod", "a FromDate, and a ToDate from it on", "none")


def _recurring(node: Node) -> list[Period]:
    """Days in a row, or one day of each year."""
    first, last, name = _period(node)
    kind = node.whole("Type", _DAILY)
    if kind == _YEARLY:
        month, of_month = node.whole("Month", low=0), node.whole("MonthDay", 1)
        found = []
        for year in range(first.year, last.year + 1):
            try:
                day = date(year, month + 1, of_month)
            except ValueError:
                continue
            if first <= day <= last:
                found.append((day, day, name))
        return found
    if kind != _DAILY and first != last:
        raise node.refusal("Type", "days in a row (1) or a day of each year (2)", kind)
    if node.whole("Period", 1, 0) > 1:
        raise node.refusal("Period", "each day from FromDate to ToDate", node.text("Period"))
    if (last - first).days >= MOST_DAYS:
        raise node.refusal("TimePeriod", "an exception of at most ten years", f"{first} to {last}")
    return [(first, last, name)]
