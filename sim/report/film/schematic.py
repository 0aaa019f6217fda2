"""A schematic map of a chain: a panel for each warehouse, the stores that it delivers to on rings around it.

A scenario has no coordinates. It has distances of lanes: a store with a longer way stands further out. Directions mean nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.report.publish.scenario_parts import number, parts

BETWEEN, FIRST, STEP = 44.0, 62.0, 54.0
"""Between stores of a ring, from the middle to the first ring, and from ring to ring; in units of the drawing."""
MARGIN, LEAST = 36.0, 150.0
"""From the last ring to the edge, and the least of half a panel's width."""


@dataclass(frozen=True)
class Spot:
    """Where a location stands in its panel."""

    location: int
    x: float
    y: float


@dataclass(frozen=True)
class Panel:
    """A warehouse with its stores, in a square drawing of `size` × `size`."""

    warehouse: Spot | None
    """None where the stores have no warehouse."""
    region: str
    """Code of the warehouse's region; of the stores' where there is no warehouse."""
    stores: tuple[Spot, ...]
    size: float


def panels(scenario: Mapping[str, Any]) -> list[Panel]:
    """The panels of a chain, in the order of its warehouses; warehouses that deliver to no store come last."""
    stores, warehouses = scenario["stores"], scenario["warehouses"]
    km = {
        (lane.get("origin"), lane.get("destination")): number(lane, "distance_km") for lane in parts(scenario, "lanes")
    }
    hubs = {place["code"]: len(stores) + n for n, place in enumerate(warehouses)}
    fed: dict[str, list[int]] = {code: [] for code in hubs}
    for n, store in enumerate(stores):
        hub = store.get("warehouse")
        fed.setdefault(hub if hub in hubs else f"region {store['region']}", []).append(n)

    def far(hub: str, store: int) -> float:
        return km.get((hub, stores[store]["code"])) or 0.0

    found = []
    for hub, members in fed.items():
        in_order = sorted(members, key=lambda n: (far(hub, n), n))
        at = hubs.get(hub)
        region = stores[members[0]]["region"] if at is None else warehouses[at - len(stores)]["region"]
        found.append(_panel(at, region, in_order))
    return sorted(found, key=lambda panel: not panel.stores)


def _panel(hub: int | None, region: str, stores: Sequence[int]) -> Panel:
    rings = _rings(len(stores))
    half = max(LEAST, FIRST + STEP * (len(rings) - 1) + MARGIN)
    spots, begin = [], 0
    for ring, many in enumerate(rings):
        radius = FIRST + STEP * ring
        for n, location in enumerate(stores[begin : begin + many]):
            angle = 2 * math.pi * (n + 0.5 * (ring % 2)) / many - math.pi / 2
            x, y = half + radius * math.cos(angle), half + radius * math.sin(angle)
            spots.append(Spot(location, round(x, 1), round(y, 1)))
        begin += many
    return Panel(None if hub is None else Spot(hub, half, half), region, tuple(spots), 2 * half)


def _rings(stores: int) -> list[int]:
    """Stores on each ring, from the inside: as few rings as hold them, each as full as the others."""
    room: list[int] = []
    while sum(room) < stores:
        room.append(int(2 * math.pi * (FIRST + STEP * len(room)) / BETWEEN))
    filled, left = [], stores
    for n, most in enumerate(room):
        filled.append(min(most, math.ceil(left * most / sum(room[n:]))))
        left -= filled[-1]
    return filled
