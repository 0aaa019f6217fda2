"""How much the shelves of a store hold, and how staff fill them from its back room."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from sim.scenario.sections.distributions import Constant, Varying
from sim.scenario.sections.section import ClockTime, Code, Section, Share, Within

SHELF_UNITS = (0, 1_000_000, "units")
FacingUnits = Annotated[Varying, Within(0, 100_000, "units")]
Facings = Annotated[Varying, Within(0, 10_000, "facings")]


class ShelfSpace(Section):
    """One row of a planogram: what the shelf of a store holds of a SKU."""

    location: Code
    """A store."""
    sku: Code
    shelf_units: Annotated[int, Within(*SHELF_UNITS)]
    """0: none of it is on the shelf."""


class Planogram(Section):
    """Shelf space by rule: of each SKU whole facings, enough for `shelf_days` of mean demand, for `packs` and for `least_facings`."""

    facing_units: FacingUnits = Constant(value=1)
    """Units that one facing holds, one behind and above the other. A distribution is drawn by SKU and rounded to 1 or more."""
    least_facings: Facings = Constant(value=1)
    """Facings that even a slow mover has. A distribution is drawn by SKU and rounded to 1 or more."""
    packs: Annotated[float, Within(0, 1_000, "packs")] = 0.0
    """A shelf holds at least so many of the SKU's packs."""
    listed: Annotated[list[ShelfSpace], Field(max_length=1_000_000)] = []
    """A table for some stores and SKUs: `{table: planogram.csv}`. Its rows win over the rule and over `shelf_units` of the SKU."""


class Filling(Section):
    """Rounds in which staff fill shelves from the back room, and what of it they do not find."""

    rounds: Annotated[list[ClockTime], Field(max_length=1_440)] = []
    """Times of day at which rounds take place, open or closed; empty: at opening and every `refill_minutes`."""
    lines_per_round: Annotated[int, Within(1, 1_000_000, "lines")] | None = None
    """Shelves that are filled in a round of one store, at most. None: all."""
    fill_below_share: Share = 1.0
    """A shelf is filled where it holds at most this share of its capacity. 0: empty ones only; 1: all that have room."""
    misplaced_share: Share = 0.0
    """Of the SKUs of a store, those whose goods in the back room fillers do not find."""
    misplaced_days: Annotated[float, Within(1, 3_660, "d")] = 7.0
    """How long a spell of it lasts."""


def _form(value: object) -> str:
    return "list" if isinstance(value, list) else "rule"


Planograms = Annotated[
    Annotated[list[ShelfSpace], Field(max_length=1_000_000), Tag("list")] | Annotated[Planogram, Tag("rule")],
    Discriminator(_form),
]
"""A table alone, or a rule with or without one."""


def listed_shelves(planogram: list[ShelfSpace] | Planogram | None) -> list[ShelfSpace]:
    """The rows of a planogram, whether they stand alone or beside a rule; empty without one."""
    return planogram.listed if isinstance(planogram, Planogram) else planogram or []


def shelves_path(planogram: list[ShelfSpace] | Planogram | None) -> tuple[str, ...]:
    """Where in the scenario the rows stand."""
    path = ("replenishment", "planogram")
    return (*path, "listed") if isinstance(planogram, Planogram) else path
