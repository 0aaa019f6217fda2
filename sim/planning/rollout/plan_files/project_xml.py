"""Microsoft Project's XML (MSPDI): tasks, links, people and working days of one project.

Its schema is public (Microsoft, Project XML Data Interchange): lengths are working time, lags tenths of a minute, money hundredths of the
currency's unit, and standard rates are by the hour whatever unit shows them.
"""

from __future__ import annotations

from pathlib import Path

from sim.planning.rollout.plan_files import notes
from sim.planning.rollout.plan_files.columns import LEAST, LIKELY, MOST, STORES
from sim.planning.rollout.plan_files.imported import HOURS, Imported, Line, People, Wait
from sim.planning.rollout.plan_files.project_calendars import Days, ProjectCalendars
from sim.planning.rollout.plan_files.project_elements import ELAPSED, PER_CENT, Node, tag
from sim.planning.rollout.plan_files.store_cells import stores
from sim.records.refusal import Refusal
from sim.tables.bounded_xml import read_xml
from sim.tables.headings import plain

MOST_TASKS = 2_000
_WORK = 1
_NONE = -65_535
"""UID of the resource of an assignment without one."""
_FF, _FS, _SF, _SS = range(4)
_AS_SOON, _AS_LATE, _MUST_START, _MUST_FINISH, _NO_EARLIER, _START_BY, _FINISH_FROM, _FINISH_BY = range(8)
_CENTS = 100.0


def read_project(path: Path) -> Imported:
    """A project. Raises `Refusal` that names the task, the resource or the calendar and the element."""
    root = read_xml(path, "Microsoft Project's XML")
    if tag(root) != "Project":
        raise Refusal(path, "", "Microsoft Project's XML, of which the root is Project", tag(root))
    return _Reading(path, Node(path, root, "project")).read()


class _Reading:
    """A project as it is read."""

    def __init__(self, path: Path, project: Node):
        self.path, self.project = path, project
        self.calendars = ProjectCalendars(project)
        self.found = Imported(path, [], start=project.day("StartDate"), currency=project.text("CurrencyCode"))
        self.day_minutes = project.number("MinutesPerDay", HOURS * 60, 1, 1440)
        self.fields = self._fields()
        self.late: list[str] = []
        self.fixed: list[str] = []
        self.latest: list[str] = []
        self.base = Days()

    def read(self) -> Imported:
        if self.project.text("ScheduleFromStart") in ("0", "false"):
            raise self.project.refusal("ScheduleFromStart", "a project that is scheduled from its start", "its finish")
        self._days()
        begun, inactive = 0, set()
        for each in self.project.inside("Tasks", "Task"):
            node = Node(self.path, each, "task")
            if node.whole("IsNull") or node.whole("OutlineLevel", 1, 0) == 0:
                continue
            node.where = f"task {node.text('UID')} ({node.text('Name')[:60]})"
            if node.text("Active") in ("0", "false"):
                inactive.add(node.text("UID"))
                continue
            if len(self.found.lines) >= MOST_TASKS:
                raise Refusal(self.path, "Tasks", f"at most {MOST_TASKS:,} tasks", "more")
            self.found.lines.append(self._task(node))
            begun += node.number("PercentComplete") > 0
        if not self.found.lines:
            raise Refusal(self.path, "Tasks", "a task", "none")
        for line in self.found.lines:
            line.waits = [wait for wait in line.waits if wait.key not in inactive]
        keys = [line.key for line in self.found.lines]
        if twice := next((line for n, line in enumerate(self.found.lines) if line.key in keys[:n]), None):
            raise Refusal(self.path, twice.where, "a UID of its own", twice.key)
        self._people()
        for number, note in ((len(inactive), notes.inactive), (begun, notes.begun)):
            self.found.notes += [note(number)] if number else []
        for names, sentence in ((self.late, notes.late), (self.fixed, notes.fixed), (self.latest, notes.latest)):
            self.found.notes += [sentence(names)] if names else []
        return self.found

    def _fields(self) -> dict[int, str]:
        """What custom fields hold, by their ids: those whose alias is a heading of tables."""
        names = {plain(name): column.field for column in (LEAST, LIKELY, MOST, STORES)
                 for name in (column.field, *column.names)}  # fmt: skip
        found: dict[int, str] = {}
        for each in self.project.inside("ExtendedAttributes", "ExtendedAttribute"):
            node = Node(self.path, each, "extended attribute")
            if (field := names.get(plain(node.text("Alias")))) is not None:
                if field in found.values():
                    raise node.refusal("Alias", f"one field for {field}", node.text("Alias"))
                found[node.whole("FieldID")] = field
        return found

    def _days(self) -> None:
        uid = self.project.whole("CalendarUID")
        if uid > 0:
            self.base = self.calendars.days(uid, "project, CalendarUID")
        self.found.works, self.found.holidays = self.base.ordered(), self.base.away
        if extra := self.base.extra_days():
            self.found.notes.append(notes.extra_days(extra))

    def _task(self, node: Node) -> Line:
        for name in ("ExternalTask", "IsSubproject"):
            if node.whole(name):
                raise node.refusal(name, "a task of this file", "one of another")
        calendar = node.whole("CalendarUID", -1)
        if calendar > 0 and calendar != self.project.whole("CalendarUID"):
            raise node.refusal("CalendarUID", "no calendar of its own: a role's calendar says when it works", calendar)
        line = Line(node.text("UID"), node.text("Name"), node.where, node.whole("OutlineLevel", 1, 0))
        minutes = node.minutes("Duration") or 0.0
        if minutes and node.whole("DurationFormat") in ELAPSED and not node.whole("Summary"):
            raise node.refusal("DurationFormat", "a length in working time", "elapsed time")
        line.days = minutes / self.day_minutes
        line.cost = node.number("FixedCost") / _CENTS
        line.planned = node.day("Start")
        self._constrain(node, line)
        line.waits = [self._wait(node, Node(self.path, each, node.where)) for each in node.inside("PredecessorLink")]
        self._custom(node, line)
        return line

    def _constrain(self, node: Node, line: Line) -> None:
        kind, day = node.whole("ConstraintType"), node.day("ConstraintDate")
        if kind in (_MUST_FINISH, _FINISH_FROM):
            raise node.refusal("ConstraintType", "a constraint on the start (4), or none", kind)
        if kind in (_MUST_START, _NO_EARLIER):
            if day is None:
                raise node.refusal("ConstraintDate", "a day", "nothing")
            line.not_before = day
        if kind == _MUST_START:
            self.fixed.append(line.name)
        if kind == _AS_LATE:
            self.late.append(line.name)
        if kind in (_START_BY, _FINISH_BY) or node.day("Deadline"):
            self.latest.append(line.name)
        if node.whole("Manual") and line.planned and not node.whole("Summary"):
            line.not_before = max(line.planned, line.not_before or line.planned)
            self.fixed.append(line.name)

    def _wait(self, task: Node, link: Node) -> Wait:
        if link.whole("CrossProject"):
            raise task.refusal("PredecessorLink", "a predecessor of this file", link.text("CrossProjectName"))
        kind, unit = link.whole("Type", _FS), link.whole("LagFormat", 7)
        if kind not in (_FS, _SS):
            expected = "finish-to-start (1) or start-to-start (3)"
            raise task.refusal("PredecessorLink, Type", expected, {_FF: "FF (0)", _SF: "SF (2)"}.get(kind, kind))
        lag = link.number("LinkLag", 0, -1e9, 1e9)
        if lag and unit in PER_CENT:
            raise task.refusal("PredecessorLink, LagFormat", "a lag in time", "per cent of a task")
        if lag < 0:
            raise task.refusal("PredecessorLink, LinkLag", "a lag of 0 or more (SS with a lag overlaps tasks)", lag)
        working = unit not in ELAPSED
        days = lag / 10 / (self.day_minutes if working else 1440)
        return Wait(link.text("PredecessorUID"), kind == _SS, days, working)

    def _custom(self, node: Node, line: Line) -> None:
        """Three-point lengths and numbers of stores out of custom fields."""
        held: dict[str, Node] = {}
        for each in node.inside("ExtendedAttribute"):
            attribute = Node(self.path, each, node.where)
            if (field := self.fields.get(attribute.whole("FieldID"))) is not None and attribute.text("Value"):
                held[field] = attribute
        if (given := held.get(STORES.field)) is not None:
            line.stores = stores(given.text("Value"))
            if line.stores is None:
                raise node.refusal("stores", "a number of stores, or their codes", given.text("Value"))
        points = {field: self._length(node, held[field]) for field in held if field != STORES.field}
        if points:
            if not {LEAST.field, MOST.field} <= points.keys():
                raise node.refusal("least and most", "both of them", ", ".join(points))
            line.three = points[LEAST.field], points.get(LIKELY.field, line.days), points[MOST.field]

    def _length(self, task: Node, attribute: Node) -> float:
        if attribute.text("Value").startswith("P"):
            if attribute.whole("DurationFormat", 7) in ELAPSED:
                raise task.refusal("DurationFormat", "a length in working time", "elapsed time")
            return (attribute.minutes("Value") or 0.0) / self.day_minutes
        return attribute.number("Value", high=1e6)

    def _people(self) -> None:
        lines = {line.key: line for line in self.found.lines}
        self.found.outline()
        resources: dict[int, Node] = {}
        for each in self.project.inside("Resources", "Resource"):
            node = Node(self.path, each, "resource")
            node.where = f"resource {node.text('UID')} ({node.text('Name')[:60]})"
            if node.text("Name") and not node.whole("IsNull"):
                if node.text("Name") in (other.text("Name") for other in resources.values()):
                    raise node.refusal("Name", "a name of its own", node.text("Name"))
                resources[node.whole("UID")] = node
        for each in self.project.inside("Assignments", "Assignment"):
            node = Node(self.path, each, "assignment")
            node.where = f"assignment {node.text('UID')}"
            line, uid = lines.get(node.text("TaskUID")), node.whole("ResourceUID", _NONE, _NONE)
            if line is None or uid == _NONE:
                continue
            if uid not in resources:
                raise node.refusal("ResourceUID", "the UID of a resource", uid)
            self._assign(line, resources[uid], node)

    def _assign(self, line: Line, resource: Node, node: Node) -> None:
        if line.parts:
            raise Refusal(self.path, line.where, "people of its parts alone: it is a summary task", resource.where)
        if resource.whole("Type", _WORK) != _WORK:
            line.cost += node.number("Cost") / _CENTS
            return
        name, units = resource.text("Name"), node.number("Units", 1, 0, 1_000)
        if name not in self.found.people:
            self.found.people[name] = self._role(resource)
        line.cost += resource.number("CostPerUse") / _CENTS * units
        if units:
            line.needs[name] = line.needs.get(name, 0.0) + units

    def _role(self, node: Node) -> People:
        rate = node.number("StandardRate") * self.day_minutes / 60
        role = People(node.number("MaxUnits", 1, 0, 1_000), rate)
        uid = node.whole("CalendarUID", -1)
        if uid > 0:
            days = self.calendars.days(uid, f"{node.where}, CalendarUID")
            role.works = days.ordered()
            common = {each[:2] for each in self.base.away}
            role.away = [each for each in days.away if each[:2] not in common]
            if common - {each[:2] for each in days.away}:
                self.found.notes.append(notes.own_holidays(node.text("Name")))
            if extra := sorted(set(days.extra_days()) - set(self.base.extra_days())):
                self.found.notes.append(notes.extra_days(extra))
        return role
