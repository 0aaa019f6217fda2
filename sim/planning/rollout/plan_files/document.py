"""A file of tasks as the section `rollout` of a plan, and its milestones with stores as the plan's waves.

Summary tasks of the highest level are phases. Their tasks are ordered by links alone: phases begin together, as they do in the file. A lag of
working days is a task of that length that needs no people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.planning.rollout.plan_files import notes
from sim.planning.rollout.plan_files.imported import Imported, Line, People, Three, Wait
from sim.planning.rollout.plan_files.store_cells import in_name
from sim.planning.rollout.sections.amounts import FIXED
from sim.planning.rollout.sections.project import BEFORE, GO_LIVE
from sim.planning.rollout.sections.work import Task
from sim.records.expected import expected
from sim.records.refusal import Refusal

_TASK: TypeAdapter[Task] = TypeAdapter(Task)
_PARTS = (1, 2, 4, 5, 10, 20)
"""Into how many parts a person may be divided, so that shares of people are whole numbers of parts."""
_MOST_PEOPLE = 200
_MOST_NAME = 80
_ALL, _OTHER = "all tasks", "other tasks"


def document(found: Imported, spread: Three = FIXED, waves: Iterable[str] | None = None) -> dict[str, Any]:
    """The plan's fields `rollout` and `waves`, as they would stand in YAML; of the plan's own waves, what the file adds to them.

    Args:
        found: the file.
        spread: multiples of a length that the file states alone.
        waves: names of the plan's own waves, whose go-lives milestones of these names are; None: milestones with stores are the waves.

    Raises `Refusal` for a task that no plan can have.
    """
    return _Document(found, spread, waves).made()


class _Document:
    def __init__(self, found: Imported, spread: Three, waves: Iterable[str] | None):
        self.found, self.spread = found, spread
        self.by_key = {line.key: line for line in found.lines}
        self.leaves = [line for line in found.lines if not line.parts]
        self.phases = self._phases()
        self.notes = [notes.source(found.path.name), *found.notes]
        self.changed: list[tuple[str, str]] = []
        self.taken = {GO_LIVE.lower(), BEFORE.lower()}
        self.own = set(waves) if waves is not None else None
        self.phase_names = {id(phase): self._named(phase.name) for phase in self.phases}
        self.table_phases: dict[str, str] = {}
        self.names = {line.key: self._named(line.name, line.parent) for line in self.leaves}
        self.roles = {role: self._named(role) for role in found.people}
        self.live = {line.key: line for line in self.leaves if self._goes_live(line)}
        self.lags: dict[tuple[str, bool, float, bool], str] = {}
        self.tasks: list[dict[str, Any]] = []

    def made(self) -> dict[str, Any]:
        waits = self._waits()
        parts = {role: self._parts(role, people) for role, people in self.found.people.items()}
        waves = []
        for line in self.leaves:
            after = [self._after(wait, line) for wait in waits[line.key]]
            if line.key in self.live:
                waves.append(self._wave(line, after))
            else:
                self._add(line, self._task(line, after, parts))
        alone = [line for line in self.leaves if line.days and line.three is None]
        if alone:
            timed = sum(not line.milestone for line in self.leaves)
            self.notes.append(notes.alone(len(alone), timed, self.spread))
        if self.changed:
            self.notes.append(notes.renamed(len(self.changed), *self.changed[0]))
        rollout: dict[str, Any] = {
            "phases": [{"name": name} if not n else {"name": name, "begins_after_days": 0}
                       for n, name in enumerate(self._phase_order())],
            "works": list(self.found.works),
            "roles": {self.roles[role]: self._role(people, parts[role]) for role, people in self.found.people.items()},
            "holidays": _periods(self.found.holidays),
            "tasks": self.tasks,
            "notes": self.notes,
        }  # fmt: skip
        if self.found.start:
            rollout["start"] = self.found.start
        if re.fullmatch(r"\w{1,8}", self.found.currency):
            rollout["currency"] = self.found.currency
        return {"rollout": rollout, "waves": waves}

    def _phases(self) -> list[Line]:
        """Of the highest level of the outline on which there are several, the lines with parts."""
        top = [line for line in self.found.lines if line.parent is None]
        while len(top) == 1 and top[0].parts:
            top = top[0].parts
        return [line for line in top if line.parts]

    def _named(self, name: str, parent: Line | None = None) -> str:
        """A name as a plan can have it, once; of tasks of one name each has that of the summary task before it, or a number after it."""
        plain = _plain(name) or "task"
        of_parent = [f"{_plain(parent.name)} {plain}"] if parent else []
        tried = chain([plain, *of_parent], (f"{plain[: _MOST_NAME - 5]} {n}" for n in count(2)))
        now = next(each for each in (text[:_MOST_NAME].strip() for text in tried) if each.lower() not in self.taken)
        self.taken.add(now.lower())
        if now != name:
            self.changed.append((name, now))
        return now

    def _goes_live(self, line: Line) -> bool:
        if not line.milestone:
            if line.stores is not None and not line.parts:
                raise Refusal(self.found.path, line.where, "stores of a milestone: a task of length 0", line.name)
            return False
        if self.own is not None:
            return self.names[line.key] in self.own
        line.stores = line.stores or in_name(line.name)
        return line.stores is not None

    def _phase(self, line: Line) -> str:
        above: Line | None = line
        while above is not None:
            if id(above) in self.phase_names:
                return self.phase_names[id(above)]
            above = above.parent
        name = line.phase or (_OTHER if self.phases else _ALL)
        if name not in self.table_phases:
            self.table_phases[name] = self._named(name)
        return self.table_phases[name]

    def _phase_order(self) -> list[str]:
        return list(dict.fromkeys(self._phase(line) for line in self.leaves))

    def _waits(self) -> dict[str, list[Wait]]:
        """What each task waits for, links of summary tasks written out."""
        found: dict[str, list[Wait]] = {line.key: [] for line in self.leaves}
        for line in self.found.lines:
            for wait in line.waits:
                if wait.key not in self.by_key:
                    raise Refusal(
                        self.found.path, line.where, "a predecessor that is an active task of the file", wait.key
                    )
                source = self.by_key[wait.key]
                if source.parts and wait.from_start:
                    raise Refusal(
                        self.found.path,
                        line.where,
                        "a start-to-start link from a task, not from a summary task",
                        source.name,
                    )
                for each in _ends(source):
                    for to in _begins(line):
                        found[to.key].append(Wait(each.key, wait.from_start, wait.lag_days, wait.working))
        for line in self.found.lines:
            if line.parts and line.not_before:
                for to in _begins(line):
                    to.not_before = max(line.not_before, to.not_before or line.not_before)
        return found  # fmt: skip

    def _after(self, wait: Wait, line: Line) -> str | dict[str, Any]:
        """An element of `after`; a lag that has no field there becomes a task of its own before it."""
        name = self.names[wait.key]
        if not wait.lag_days:
            return {"start_of": name} if wait.from_start else name
        key = (wait.key, wait.from_start, wait.lag_days, wait.working)
        if wait.from_start and not wait.working:
            return {"start_of": name, "days": wait.lag_days}
        if key not in self.lags:
            source = self.by_key[wait.key]
            begins = "start of " if wait.from_start else ""
            days = f"{'working' if wait.working else 'calendar'} day{'' if wait.lag_days == 1 else 's'}"
            lag = f"{wait.lag_days:.6g} {days} after {begins}{name}"
            self.lags[key] = made = self._named(lag)
            after: list[Any] = [{"start_of": name}] if wait.from_start else [name]
            task = {
                "name": made,
                "phase": self._phase(line),
                "days": wait.lag_days if wait.working else 0,
                "after": after,
            }
            self._add(source, task)
        made = self.lags[key]
        return made if wait.working else {"start_of": made, "days": wait.lag_days}

    def _task(self, line: Line, after: list[Any], parts: Mapping[str, int]) -> dict[str, Any]:
        days = line.three or tuple(multiple * line.days for multiple in self.spread)
        task: dict[str, Any] = {"name": self.names[line.key], "phase": self._phase(line), "days": list(days)}
        if after:
            task["after"] = after
        if line.needs:
            needs = ((role, max(1, round(number * parts[role]))) for role, number in line.needs.items())
            task["needs"] = {self.roles[role]: number for role, number in needs}
        if line.cost:
            task["cost"] = line.cost
        if line.not_before:
            task["not_before"] = line.not_before
        return task

    def _add(self, line: Line, task: dict[str, Any]) -> None:
        try:
            _TASK.validate_python(task)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            held = task.get(field)
            raise Refusal(
                self.found.path, f"{line.where}, {field}", expected(first), held if not isinstance(held, dict) else None
            ) from None
        self.tasks.append(task)

    def _wave(self, line: Line, after: list[Any]) -> dict[str, Any]:
        wave: dict[str, Any] = {"name": self.names[line.key], "after": after}
        if line.not_before:
            wave["not_before"] = line.not_before
        if self.own is not None:
            return wave
        if line.planned is None:
            raise Refusal(self.found.path, line.where, "the planned day of a go-live (column start)", "nothing")
        return wave | {"stores": line.stores, "go_live": line.planned, "phase": self._phase(line)}

    def _parts(self, role: str, people: People) -> int:
        """Into how many parts one of a role is divided."""
        needed = [line.needs[role] for line in self.leaves if role in line.needs]
        if people.number < max(needed, default=0):
            if people.number:
                self.notes.append(notes.raised(self.roles[role]))
            people.number = max(needed)
        shares = [people.number, *needed]
        fits = [n for n in _PARTS if all(abs(share * n - round(share * n)) < 1e-6 for share in shares)]
        parts = next(iter(fits), _PARTS[-1])
        while parts > 1 and people.number * parts > _MOST_PEOPLE:
            parts = _PARTS[_PARTS.index(parts) - 1]
        if people.number * parts > _MOST_PEOPLE:
            raise Refusal(self.found.path, role, f"at most {_MOST_PEOPLE} people of a role", people.number)
        if parts > 1:
            self.notes.append(notes.in_parts(self.roles[role], parts))
        return parts

    def _role(self, people: People, parts: int) -> dict[str, Any]:
        role: dict[str, Any] = {
            "number": max(1, round(people.number * parts)),
            "cost_per_day": people.cost_per_day / parts,
            "works": list(people.works or self.found.works),
        }
        return role | ({"away": _periods(people.away)} if people.away else {})


def _plain(name: str) -> str:
    """Letters, digits, spaces, dots, dashes and &."""
    text = " ".join(re.sub(r"[^\w .&-]", " ", name).split())
    return re.sub(r"^[^\w]+", "", text)[:_MOST_NAME].strip()


def _leaves(line: Line) -> Iterator[Line]:
    """The tasks that are parts of a line, or parts of its parts; of a task itself."""
    open_ = [line]
    while open_:
        each = open_.pop()
        if each.parts:
            open_ += reversed(each.parts)
        else:
            yield each


def _ends(line: Line) -> list[Line]:
    """Of the tasks of a line those that none of its others waits for to be finished."""
    within = list(_leaves(line))
    waited = {wait.key for each in within for wait in each.waits if not wait.from_start}
    return [each for each in within if each.key not in waited] or within


def _begins(line: Line) -> list[Line]:
    """Of the tasks of a line those that wait for none of its others."""
    within = list(_leaves(line))
    keys = {each.key for each in within}
    return [each for each in within if not any(wait.key in keys for wait in each.waits)] or within


def _periods(periods: Sequence[tuple[Any, Any, str]]) -> list[dict[str, Any]]:
    made = ({"name": _plain(name), "first": first, "last": last} for first, last, name in periods)
    return [each if each["name"] else {"first": each["first"], "last": each["last"]} for each in made]
