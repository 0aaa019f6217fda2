"""Where random faults come: the places of each, and what has a process of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sim.scenario.model import Scenario
from sim.scenario.sections.faults import LaneEnds, RandomFault

YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Place:
    """A place that a fault may hit."""

    field: str
    """The list of the scenario that it stands in: `stores`, `warehouses`, `suppliers`, `lanes`."""
    code: str
    """Its code; of a lane `ORIGIN to DESTINATION`."""
    region: str | None
    """Code of its region; None for suppliers and lanes."""
    record: str | LaneEnds
    """As it stands in a fault."""


@dataclass(frozen=True)
class Reach:
    """What has faults of its own: a place, a region, or the chain."""

    name: str
    """Code of the place or region; empty for the chain."""
    region: str | None
    """None where it is of no region."""
    places: tuple[Place, ...]
    """Which its faults may hit; empty where the fault has no places."""


def reaches(scenario: Scenario, row: RandomFault) -> list[Reach]:
    """What has faults of its own under a row of `random_faults`, in the order of the scenario."""
    places = list(_places(scenario, row))
    if row.each == "place":
        return [Reach(place.code, place.region, (place,)) for place in places]
    if row.each == "chain":
        return [Reach("", None, tuple(places))] if places or row.fault.of_places is None else []
    regions = dict.fromkeys(place.region for place in places)
    return [Reach(str(code), code, tuple(p for p in places if p.region == code)) for code in regions]


def most_per_year(scenario: Scenario) -> dict[str, float]:
    """By name: faults a year on average, if each hit every place that it may; those that follow others among them."""
    found: dict[str, float] = {}
    for row in scenario.random_faults:
        there = len(reaches(scenario, row))
        found[row.name] = (row.per_year or 0.0) * there
        found[row.name] += sum(chance * found.get(name, 0.0) * there for name, chance in row.after.items())
    return found


def without(rows: Iterable[RandomFault], gone: set[str]) -> list[RandomFault]:
    """Rows of `random_faults` without those of these names, and without what would follow only them."""
    left: dict[str, RandomFault] = {}
    for row in rows:
        after = {name: chance for name, chance in row.after.items() if name in left}
        if row.name not in gone and (row.per_year is not None or after):
            within_hours = row.within_hours if after else None
            left[row.name] = row.model_copy(update={"after": after, "within_hours": within_hours})
    return list(left.values())


def comes_on(row: RandomFault, day: date) -> bool:
    """Whether faults of a row come of their own on a day."""
    return row.months is None or day.month in row.months


def _places(scenario: Scenario, row: RandomFault) -> Iterator[Place]:
    field = row.fault.of_places
    if field is None:
        return
    named = getattr(row.fault, field)
    if field == "lanes":
        ends: Sequence[LaneEnds] = named
        if named == "all":
            ends = [LaneEnds(origin=lane.origin, destination=lane.destination) for lane in scenario.lanes]
        for lane in ends:
            yield Place(field, f"{lane.origin} to {lane.destination}", None, lane)
        return
    for record in getattr(scenario, field):
        if named == "all" or record.code in named:
            yield Place(field, record.code, getattr(record, "region", None), record.code)
