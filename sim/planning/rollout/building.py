"""A plan made into its network: tasks of waves and stores written out, names resolved, priorities by the order of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import numpy as np

from sim.planning.gates.plan import Plan, Wave, scenario_of, stores_by_wave
from sim.planning.rollout.calendars import Calendars, months, working
from sim.planning.rollout.kpi_gates.states import gates_of
from sim.planning.rollout.network import Activity, Link, Network
from sim.planning.rollout.sections.project import BEFORE, GO_LIVE, Rollout
from sim.planning.rollout.sections.work import StartOf, Task
from sim.records.refusal import Refusal
from sim.scenario.layers import nearest

MOST = 2_000
"""Activities of a plan."""
_OFFICE, _GOING_LIVE = 0, 1
"""Calendars that every plan has: the weekdays of work without holidays, and the days on which stores may go live."""
_CONSENT = ""
"""Stands for consent where a task has its name."""


@dataclass(frozen=True)
class Place:
    """A store of a plan."""

    code: str
    franchise: bool


def stores_of(path: Path, plan: Plan) -> dict[str, list[Place]]:
    """The stores of each wave; without codes they are numbered. Raises `Refusal`."""
    scenario = scenario_of(path, plan)
    owned = {store.code: store.ownership for store in scenario.stores} if scenario else {}
    waves = {wave.name: wave for wave in plan.waves}
    counts = stores_by_wave(path, plan, scenario)
    total = sum(len(each) if isinstance(each, list) else each for each in counts.values())
    if total > MOST:
        raise Refusal(path, "waves", f"at most {MOST:,} stores in all waves", total)
    return {
        name: [Place(code, owned.get(code) == "franchise") for code in stores]
        if isinstance(stores, list)
        else [Place(f"{waves[name].stores_of or name} {n + 1}", False) for n in range(stores)]
        for name, stores in counts.items()
    }


def section_of(path: Path, plan: Plan) -> Rollout:
    """The section `rollout` of a plan. Raises `Refusal` where it has none."""
    if plan.rollout is None:
        raise Refusal(path, "rollout", "tasks, people and risks to sample", "nothing")
    return plan.rollout


class _Builder:
    """Collects the activities of one plan."""

    def __init__(self, path: Path, plan: Plan, stores: Mapping[str, list[Place]]):
        self.path, self.plan, self.rollout, self.stores = path, plan, section_of(path, plan), stores
        self.activities: list[Activity] = []
        self.number: dict[tuple[str, str, str], int] = {}
        """By task, wave and store; empty where it has none."""
        self.days = [
            working(self.rollout.start, self.rollout.works, self.rollout.holidays),
            working(self.rollout.start, self.rollout.go_live_on, [*self.rollout.holidays, *self.rollout.freezes]),
        ]
        self.worked: dict[tuple[str, ...], int] = {(): _OFFICE}
        """Number of the calendar of the days on which some roles all work."""
        self.places = self._places()
        self.after_go_live = self._after_go_live()

    def _places(self) -> dict[str, str]:
        """Where each task stands in the file, by its name."""
        lists = {name: getattr(self.rollout, name) for name in ("tasks", "each_wave", "each_store")}
        places = {task.name: f"rollout.{name}.{n}" for name, tasks in lists.items() for n, task in enumerate(tasks)}
        taken = [*places, *(phase.name for phase in self.rollout.phases)]
        for n, wave in enumerate(self.plan.waves):
            if wave.name in taken:
                raise Refusal(self.path, f"waves.{n}.name", "another name than that of a task or a phase", wave.name)
        return places

    def _after_go_live(self) -> set[str]:
        """Tasks of waves and stores that come after the go-live, by what they wait for."""
        tasks = [*self.rollout.each_wave, *self.rollout.each_store]
        found = {task.name for task in tasks if GO_LIVE in map(_name, task.after)}
        while more := {t.name for t in tasks if t.name not in found and found & set(map(_name, t.after))}:
            found |= more
        return found

    def build(self) -> Network:
        rollout, waves = self.rollout, self.plan.waves
        stores = sum(map(len, self.stores.values()))
        written = (
            len(rollout.tasks) + len(waves) * (1 + len(rollout.each_wave)) + stores * (2 + len(rollout.each_store))
        )
        if written > MOST:
            raise Refusal(self.path, "rollout", f"at most {MOST:,} activities in all waves and stores", written)
        for phase in rollout.phases:
            self._add(Activity(phase.name, "phase", phase.name, phase.name), _key(phase.name))
        for task in rollout.tasks:
            place = self.places[task.name]
            self._add(self._task(task, self._phase(task.phase, f"{place}.phase")), _key(task.name))
        for n, wave in enumerate(waves):
            self._wave(n, wave)
        self._link()
        self._order_phases()
        self._refuse_circles()
        budget = rollout.budget
        released = np.cumsum(budget.by_month) * budget.threshold if budget else None
        begins = months(rollout.start, len(budget.by_month) - 1) if budget else []
        return Network(
            tuple(self.activities),
            Calendars.of(self.days),
            {name: role.number for name, role in rollout.roles.items()},
            {name: role.cost_per_day for name, role in rollout.roles.items()},
            rollout.reviews.every_days,
            rollout.reviews.rework,
            rollout.reviews.growth_per_week / 7,
            released,
            np.array(begins, dtype=float),
        )

    def _add(self, activity: Activity, key: tuple[str, str, str]) -> None:
        self.number[key] = len(self.activities)
        self.activities.append(activity)

    def _phase(self, name: str | None, place: str) -> str:
        known = [phase.name for phase in self.rollout.phases]
        if name not in known:
            wanted = f"one of {', '.join(known)}{nearest(name or '', known)}"
            raise Refusal(self.path, place, wanted, name or "nothing")
        return str(name)

    def _task(self, task: Task, phase: str, wave: str = "", store: str = "") -> Activity:
        """A task as an activity, without what it waits for."""
        place = self.places[task.name]
        for role, number in task.needs.items():
            known = self.rollout.roles
            if role not in known:
                raise Refusal(self.path, f"{place}.needs", f"a role of the plan{nearest(role, list(known))}", role)
            if number > known[role].number:
                raise Refusal(self.path, f"{place}.needs.{role}", f"at most the {known[role].number} there are", number)
        for driver in task.drivers:
            if driver not in self.rollout.drivers:
                near = nearest(driver, self.rollout.drivers)
                raise Refusal(self.path, f"{place}.drivers", f"a driver of the plan{near}", driver)
        return Activity(
            name=f"{self._at(wave, store)}: {task.name}" if wave else task.name,
            kind="task",
            task=task.name,
            phase=phase,
            wave=wave,
            store=store,
            days=task.days,
            cost=task.cost,
            needs=task.needs,
            drivers=task.drivers,
            defects=task.defects,
            calendar=self._calendar(tuple(sorted(task.needs)), place),
            not_before=self._days_until(task.not_before),
        )

    def _days_until(self, day: date | None) -> float:
        """Days from the start to a day; 0 without one, and where it is before the start."""
        return float(max(0, (day - self.rollout.start).days)) if day else 0.0

    def _calendar(self, roles: tuple[str, ...], place: str) -> int:
        """Number of the calendar of the days on which all roles work."""
        if roles in self.worked:
            return self.worked[roles]
        days = np.logical_and.reduce(
            [
                working(self.rollout.start, each.works, [*self.rollout.holidays, *each.away])
                for each in (self.rollout.roles[role] for role in roles)
            ]
        )
        if not days.any():
            raise Refusal(self.path, f"{place}.needs", "roles that have a working day together", ", ".join(roles))
        self.worked[roles] = len(self.days)
        self.days.append(days)
        return self.worked[roles]

    def _wave(self, n: int, wave: Wave) -> None:
        """Activities of a wave: its tasks, those of its stores, its go-live and theirs."""
        rollout, phase = self.rollout, self._phase(wave.phase, f"waves.{n}.phase")

        def chosen(tasks: Sequence[Task]) -> Iterable[Task]:
            return (task for task in tasks if not task.modules or set(task.modules) & set(wave.modules))

        def own(task: Task) -> str:
            return self._phase(task.phase, f"{self.places[task.name]}.phase") if task.phase else phase

        for task in chosen(rollout.each_wave):
            self._add(self._task(task, own(task), wave.name), _key(task.name, wave.name))
        for store in self.stores[wave.name]:
            if rollout.consent and store.franchise and wave.stores_of is None:
                days = rollout.consent.days
                name = f"{store.code}: consent"
                asked = Activity(name, "consent", "consent", phase, wave.name, store.code, days)
                self._add(asked, _key(_CONSENT, wave.name, store.code))
            for task in chosen(rollout.each_store):
                self._add(self._task(task, own(task), wave.name, store.code), _key(task.name, wave.name, store.code))
        first = self._days_until(wave.not_before)
        live = Activity(
            f"{wave.name}: go-live", "wave", GO_LIVE, phase, wave.name, calendar=_GOING_LIVE, not_before=first
        )
        self._add(live, _key(GO_LIVE, wave.name))
        for store in self.stores[wave.name]:
            name = f"{self._at(wave.name, store.code)}: go-live"
            own_live = Activity(name, "store", GO_LIVE, phase, wave.name, store.code, calendar=_GOING_LIVE)
            self._add(own_live, _key(GO_LIVE, wave.name, store.code))

    def _at(self, wave: str, store: str) -> str:
        """What the names of activities of a wave or a store begin with: a store is in two waves where the later brings it further modules."""
        again = next(each for each in self.plan.waves if each.name == wave).stores_of is not None
        return f"{store} {wave}" if store and again else store or wave

    def _link(self) -> None:
        """What each activity waits for, but for phases."""
        tasks = {t.name: t for each in ("tasks", "each_wave", "each_store") for t in getattr(self.rollout, each)}
        consent = self.rollout.consent
        franchise = {each.code for stores in self.stores.values() for each in stores if each.franchise}
        for activity in self.activities:
            if activity.kind == "task":
                task = tasks[activity.task]
                self._wait(activity, task.after, f"{self.places[task.name]}.after")
                asked = self.number.get(_key(_CONSENT, activity.wave, activity.store))
                if asked is not None and activity.store:
                    activity.after.append(Link(asked))
            elif activity.kind == "wave":
                n = next(n for n, wave in enumerate(self.plan.waves) if wave.name == activity.wave)
                self._wait(activity, self.plan.waves[n].after, f"waves.{n}.after")
            elif activity.kind == "consent" and consent and consent.after:
                sources = self._sources(consent.after, activity, "rollout.consent.after")
                activity.after += [Link(source) for source in sources]
        for n, activity in enumerate(self.activities):
            if activity.kind == "consent" or (
                activity.kind == "task" and activity.wave and activity.task not in self.after_go_live
            ):
                alone = activity.store if activity.store in franchise else ""
                self.activities[self.number[_key(GO_LIVE, activity.wave, alone)]].after.append(Link(n))
            elif activity.kind == "store":
                activity.after.append(Link(self.number[_key(GO_LIVE, activity.wave)]))
        for n, gate in enumerate(gates_of(self.plan)):
            held = self.activities[self.number[_key(GO_LIVE, gate.wave)]]
            held.after += [Link(self.number[_key(GO_LIVE, each)], True, gate=n) for each in gate.before]
        for activity in self.activities:
            activity.after = list(dict.fromkeys(activity.after))

    def _wait(self, activity: Activity, after: Iterable[str | StartOf], place: str) -> None:
        for each in after:
            for source in self._sources(_name(each), activity, place):
                lag = each.days if isinstance(each, StartOf) else 0.0
                activity.after.append(Link(source, isinstance(each, StartOf), lag))

    def _sources(self, name: str, activity: Activity, place: str) -> list[int]:
        """Numbers of the activities that a name in `after` stands for, as seen from an activity."""
        if name in (GO_LIVE, BEFORE):
            return self._go_lives(name, activity, place)
        if (once := self.number.get(_key(name))) is not None and self.activities[once].kind == "task":
            return [once]
        if any(wave.name == name for wave in self.plan.waves):
            return [self.number[_key(GO_LIVE, name)]]
        if any(phase.name == name for phase in self.rollout.phases):
            return [n for n, each in enumerate(self.activities) if each.phase == name and each is not activity]
        if name not in self.places:
            known = [*self.places, *(w.name for w in self.plan.waves), *(p.name for p in self.rollout.phases)]
            if activity.wave:
                known += [GO_LIVE, BEFORE]
            raise Refusal(self.path, place, f"a task, a wave or a phase of the plan{nearest(name, known)}", name)
        held = [(n, each) for n, each in enumerate(self.activities) if each.kind == "task" and each.task == name]
        if activity.wave:
            held = [(n, each) for n, each in held if each.wave == activity.wave]
        if activity.store:
            held = [(n, each) for n, each in held if each.store in ("", activity.store)]
        return [n for n, _ in held]

    def _go_lives(self, name: str, activity: Activity, place: str) -> list[int]:
        if not activity.wave:
            raise Refusal(self.path, place, "a wave's name: this task is of no wave", name)
        if name == GO_LIVE:
            return [self.number[_key(GO_LIVE, activity.wave, activity.store)]]
        at = [wave.name for wave in self.plan.waves].index(activity.wave)
        return [self.number[_key(GO_LIVE, self.plan.waves[at - 1].name)]] if at else []

    def _order_phases(self) -> None:
        """A phase begins after the one before; whatever else waits for nothing of its own phase waits for its beginning."""
        by_phase: dict[str, list[int]] = {}
        for n, activity in enumerate(self.activities):
            by_phase.setdefault(activity.phase, []).append(n)
        before = None
        for phase in self.rollout.phases:
            begin, held = self.number[_key(phase.name)], by_phase[phase.name]
            for n in held:
                inside = {self.activities[link.source].phase for link in self.activities[n].after}
                if n != begin and phase.name not in inside and self.activities[n].kind != "consent":
                    self.activities[n].after.append(Link(begin))
            if before is not None:
                if phase.begins_after_days is not None:
                    self.activities[begin].after.append(Link(self.number[_key(before)], True, phase.begins_after_days))
                else:
                    self.activities[begin].after += [Link(n) for n in self._last(by_phase[before])]
            before = phase.name

    def _last(self, held: list[int]) -> list[int]:
        """Of some activities those that none of them waits for to be finished."""
        followed = {link.source for n in held for link in self.activities[n].after if not link.from_start}
        return [n for n in held if n not in followed]

    def _refuse_circles(self) -> None:
        graph = {n: [link.source for link in each.after] for n, each in enumerate(self.activities)}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            names = " → ".join(self.activities[n].name for n in error.args[1][:6])
            raise Refusal(self.path, "rollout", "tasks that do not wait for each other in a circle", names) from None


def build(path: Path, plan: Plan, stores: Mapping[str, list[Place]]) -> Network:
    """The network of a plan, whose stores are those of `stores_of`.

    Raises `Refusal` for names that the plan does not have, circles, and more activities than can be sampled.
    """
    return _Builder(path, plan, stores).build()


def _key(task: str, wave: str = "", store: str = "") -> tuple[str, str, str]:
    return task, wave, store


def _name(each: str | StartOf) -> str:
    return each.start_of if isinstance(each, StartOf) else each
