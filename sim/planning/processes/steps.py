"""A process: steps with times, and the chances with which one follows another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from sim.scenario.layers import nearest
from sim.scenario.sections.distributions import Varying

Kind = Literal["till", "back_office"]
KINDS: tuple[Kind, ...] = ("till", "back_office")
PARTS: dict[Kind, tuple[str, ...]] = {
    "till": ("ticket", "sku", "unit", "payment"),
    "back_office": ("order", "parcel", "line"),
}
"""What a step's time is for, the usual one first."""
END = "end"
MOST_VISITS = 1_000
"""Of all steps together, in a mean pass: more are a slip in a chance."""
MOST_STEPS = 500


@dataclass(frozen=True)
class Step:
    """One step. `takes`: its time in seconds; `following`: chance by name of the step that follows, `END` for the end."""

    name: str
    per: str
    takes: Varying
    following: Mapping[str, float]


class WrongProcess(ValueError):
    """What is wrong with a process: `where` names the step or branch, `expected` and `found` say what."""

    def __init__(self, where: str, expected: str, found: object):
        super().__init__(expected)
        self.where, self.expected, self.found = where, expected, found


@dataclass(frozen=True)
class Process:
    """The n steps of a process; a pass begins with the first with the chances `begins`."""

    kind: Kind
    steps: tuple[Step, ...]
    begins: Mapping[str, float]

    @cached_property
    def chance(self) -> np.ndarray:
        """float64[n, n]: of step j after step i; what a row lacks to 1 is the end's."""
        at = {step.name: n for n, step in enumerate(self.steps)}
        chance = np.zeros((len(at), len(at)))
        for step in self.steps:
            for name, share in step.following.items():
                if name != END:
                    chance[at[step.name], at[name]] += share
        return chance

    @cached_property
    def first(self) -> np.ndarray:
        """float64[n]: of beginning with each step."""
        return np.array([self.begins.get(step.name, 0.0) for step in self.steps])

    @cached_property
    def visits(self) -> np.ndarray:
        """float64[n]: how often a mean pass comes to each step."""
        return np.linalg.solve((np.eye(len(self.steps)) - self.chance).T, self.first)

    def of(self, part: str) -> np.ndarray:
        """bool[n]: which steps are of a part."""
        return np.array([step.per == part for step in self.steps])


def process(kind: Kind, steps: Sequence[Step], begins: Mapping[str, float] | None = None) -> Process:
    """A process of steps, the first of which begins where `begins` says nothing else. Raises `WrongProcess`."""
    if not 1 <= len(steps) <= MOST_STEPS:
        raise WrongProcess("steps", f"from 1 to {MOST_STEPS} steps", len(steps))
    names = [step.name for step in steps]
    for at, step in enumerate(steps):
        if step.name == END or step.name in names[:at]:
            raise WrongProcess(f"step {step.name}", "a name that no other step has, and not `end`", step.name)
        if step.per not in PARTS[kind]:
            raise WrongProcess(f"step {step.name}, per", f"one of {', '.join(PARTS[kind])}", step.per)
        _check(f"step {step.name}, next", step.following, [*names, END])
    made = Process(kind, tuple(steps), dict(begins or {names[0]: 1.0}))
    _check("the beginning", made.begins, names)
    _check_ends(made)
    return made


def _check(where: str, chances: Mapping[str, float], known: Sequence[str]) -> None:
    for name, share in chances.items():
        if name not in known:
            raise WrongProcess(where, f"the name of a step, or end{nearest(name, list(known))}", name)
        if not 0 <= share <= 1:
            raise WrongProcess(where, f"a chance from 0 to 1 of {name}", share)
    if abs(sum(chances.values()) - 1) > 1e-6:
        raise WrongProcess(where, "chances that add up to 1", f"{sum(chances.values()):.6g}")


def _check_ends(made: Process) -> None:
    """Every step can be reached and reaches the end, within a bearable number of visits."""
    follows = made.chance > 0
    reached = made.first > 0
    leads = np.array([step.following.get(END, 0.0) > 0 for step in made.steps])
    for _ in made.steps:
        reached = reached | (reached @ follows)
        leads = leads | (follows @ leads)
    for step, comes, goes in zip(made.steps, reached, leads, strict=True):
        if not comes:
            raise WrongProcess(f"step {step.name}", "a step that some path from the beginning reaches", "none")
        if not goes:
            raise WrongProcess(f"step {step.name}", "a path to the end", "none: it goes round for ever")
    visits = made.visits.sum()
    if not visits <= MOST_VISITS:
        raise WrongProcess("steps", f"at most {MOST_VISITS:,} visits of steps in a mean pass", f"{visits:,.0f}")
