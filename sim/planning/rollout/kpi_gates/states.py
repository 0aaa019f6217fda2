"""Rollout states: which waves are live and how proficient the newest wave's staff is, each as the plan's scenario with changeovers laid over it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.planning.file_fields import place
from sim.planning.gates.plan import Plan, scenario_file, stores_by_wave
from sim.planning.rollout.adoption import curve
from sim.planning.rollout.sections.gates import Gates, KpiLimit
from sim.planning.rollout.sections.stores import Adoption
from sim.records.refusal import Refusal
from sim.scenario.layers import nearest
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.shortened import shortened


@dataclass(frozen=True)
class Gate:
    """The gate of one wave."""

    wave: str
    before: tuple[str, ...]
    """Waves with new stores that stand before it in the plan: they are live when it is observed."""
    limits: tuple[KpiLimit, ...]


def gates_of(plan: Plan) -> list[Gate]:
    """The gates of a plan, in the order of its waves; none without limits on KPIs."""
    if plan.rollout is None or plan.rollout.gates is None:
        return []
    waves = [wave.name for wave in plan.waves if wave.stores_of is None]
    limits = plan.rollout.gates.limits
    found = [
        Gate(wave, tuple(waves[:n]), tuple(each for each in limits if not each.waves or wave in each.waves))
        for n, wave in enumerate(waves)
        if n
    ]
    return [gate for gate in found if gate.limits]


@dataclass(frozen=True)
class State:
    """One rollout state of the chain."""

    gate: int
    """Number of the gate that is observed in it."""
    proficiency: float
    """Of the newest wave's staff; that of other live stores is 1."""
    scenario: Scenario


@dataclass(frozen=True)
class States:
    """All rollout states that the gates of a plan read."""

    gates: tuple[Gate, ...]
    without: Scenario
    """Before the first wave is live."""
    states: tuple[State, ...]
    """By gate, then by rising proficiency."""
    stores: tuple[tuple[int, ...], ...]
    """Of each gate, positions of the stores that are live when it is observed."""
    replications: int
    proficiencies: tuple[float, ...]
    observed_days: int

    @property
    def plays(self) -> int:
        """Replications of all states."""
        return (1 + len(self.states)) * self.replications


def states_of(path: Path, plan: Plan) -> States | None:
    """The rollout states of a plan; None where it has no gates. Raises `Refusal` for gates that its scenario or its waves do not fit."""
    rollout = plan.rollout
    if rollout is None or rollout.gates is None or rollout.adoption is None:
        return None
    file = scenario_file(path, plan)
    if file is None:
        raise Refusal(path, "scenario", "a scenario beside gates, in which their KPIs are played", "nothing")
    plain = load(file)
    before, by_wave = _codes(path, plan, plain)
    gates = gates_of(plan)
    _refuse_waves(path, rollout.gates, list(by_wave))
    _refuse_proficiencies(path, rollout.gates, rollout.adoption)
    study = rollout.gates.study
    errors = _errors(rollout.adoption, study.redo_s)

    def played(settled: Sequence[str], newest: Sequence[str], proficiency: float) -> Scenario:
        changeovers = [
            {"stores": list(stores), "on": plain.start.isoformat(), "system": system, "learning": {"proficiency": at} | errors}
            for stores, at in ((settled, 1.0), (newest, proficiency))
            if stores
        ]  # fmt: skip
        try:
            laid = load(file, ["trace=null", f"changeovers={json.dumps(changeovers, ensure_ascii=False)}"])
        except Refusal as error:
            raise _of_plan(path, error) from None
        return shortened(laid, None if study.days is None else laid.warmup_days + study.days)

    system = _beside(path, study.system)
    positions = {store.code: n for n, store in enumerate(plain.stores)}
    states, stores = [], []
    for n, gate in enumerate(gates):
        *earlier, newest = (by_wave[name] for name in gate.before)
        settled = [*before, *(code for codes in earlier for code in codes)]
        stores.append(tuple(sorted(positions[code] for code in (*settled, *newest))))
        states += [State(n, at, played(settled, newest, at)) for at in study.proficiencies]
    return States(
        gates=tuple(gates),
        without=played(before, (), 1.0),
        states=tuple(states),
        stores=tuple(stores),
        replications=study.replications,
        proficiencies=tuple(study.proficiencies),
        observed_days=rollout.gates.observed_days,
    )


def _codes(path: Path, plan: Plan, scenario: Scenario) -> tuple[list[str], dict[str, list[str]]]:
    """Codes of the stores live before the plan, and of each wave with new stores. Raises `Refusal` where the plan gives a number of them."""
    if isinstance(plan.live, int) and plan.live:
        raise Refusal(
            path, "live", "codes of stores beside gates, so that the chain can be played with them", plan.live
        )
    found: dict[str, list[str]] = {}
    held = stores_by_wave(path, plan, scenario)
    for n, wave in enumerate(plan.waves):
        if wave.stores_of is None:
            codes = held[wave.name]
            if isinstance(codes, int):
                raise Refusal(path, f"waves.{n}.stores", "codes of stores or a region beside gates", codes)
            found[wave.name] = codes
    return list(plan.live) if isinstance(plan.live, list) else [], found


def _refuse_waves(path: Path, gates: Gates, new: list[str]) -> None:
    """Raise `Refusal` for gates without a wave to hold, or of a wave that they cannot hold."""
    if len(new) < 2:
        raise Refusal(
            path, "rollout.gates", "two waves of new stores or more, of which gates hold the later ones", len(new)
        )
    for n, limit in enumerate(gates.limits):
        for wave in limit.waves:
            if wave not in new[1:]:
                expected = f"waves of new stores after the first: {', '.join(new[1:])}{nearest(wave, new[1:])}"
                raise Refusal(path, f"rollout.gates.limits.{n}.waves", expected, wave)


def _refuse_proficiencies(path: Path, gates: Gates, adoption: Adoption) -> None:
    """Raise `Refusal` where staff may be less proficient than the lowest state that is played: KPIs are not extrapolated."""
    least = sum(
        staff.share * float(curve(adoption, name, staff.time_constant_days[2]).begins_at)
        for name, staff in adoption.staff.items()
    )
    lowest = gates.study.proficiencies[0]
    if lowest > least:
        expected = f"a first proficiency of at most {np.floor(1000 * least) / 1000:g}, which staff may have on the day of a go-live"
        raise Refusal(path, "rollout.gates.study.proficiencies", expected, lowest)


def _errors(adoption: Adoption, redo_s: float) -> dict[str, dict[str, float]]:
    """Errors at the till as a changeover has them, where they take time; incentives avoid a share of them."""
    left = 1 - adoption.errors.incentive
    shares = {"settled": left * adoption.errors.settled, "untrained": left * adoption.errors.untrained}
    return {"errors": shares | {"redo_s": redo_s}} if redo_s else {}


def _beside(path: Path, system: dict[str, Any]) -> dict[str, Any]:
    """The fields of the new system; the file of a measured service starts at the plan's folder."""
    service = system.get("service")
    if isinstance(service, dict) and set(service) == {"profile"} and isinstance(service["profile"], str):
        return system | {"service": {"profile": str((path.parent / service["profile"]).absolute())}}
    return system


def _of_plan(path: Path, error: Refusal) -> Refusal:
    """What is wrong with the changeovers laid over a scenario, as a field of the plan."""
    _, found, field = error.field.partition(".system")
    if not error.field.startswith("changeovers.") or not found:
        return error
    keys = ["rollout", "gates", "study", "system", *(step for step in field.split(".") if step)]
    return Refusal(place(path, keys), ".".join(keys), error.expected, error.found, error.more)
