"""The network: the chain's locations by number, the lanes between them, and when their doors are open."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.clock import DAY_S, tick
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Varying
from sim.scenario.sections.places import Store, Warehouse
from sim.traffic.calendar import seconds_of_day


class Network:
    """Locations are numbered stores first, then warehouses, both in the scenario's order; zones are regions."""

    def __init__(self, scenario: Scenario):
        places: list[Store | Warehouse] = [*scenario.stores, *scenario.warehouses]
        regions = {region.code: number for number, region in enumerate(scenario.regions)}
        self.n_stores, self.n_warehouses = len(scenario.stores), len(scenario.warehouses)
        self.codes = [place.code for place in places]
        self.number = {code: number for number, code in enumerate(self.codes)}
        self.region = np.array([regions[place.region] for place in places])
        feeders = [-1 if place.warehouse is None else self.number[place.warehouse] for place in places]
        self.fed_by = np.array(feeders, dtype=np.int64)
        """int64[n_locations]: the warehouse that feeds a store or a warehouse; −1: the suppliers."""
        self.warehouse_of = self.fed_by[: self.n_stores]
        """int64[n_stores]: of stores alone."""
        self.below = _below(self.fed_by)
        """bool[n_locations, n_locations]: at [l, m], whether m is l, or is fed by l, be it through other warehouses."""
        self.echelon = self.below.sum(axis=0) - 1
        """int64[n_locations]: the number of warehouses between the suppliers and a location."""
        self._direct = np.array([supplier.delivers_to(place) for supplier in scenario.suppliers for place in places])
        self._direct = self._direct.reshape(len(scenario.suppliers), len(places)).T
        """bool[n_locations, n_suppliers]: whether the location orders from the supplier itself although a warehouse feeds it."""
        self.is_bypassed = bool(self._direct.any())
        """Whether a supplier delivers past a warehouse."""
        self.inwards = sorted(self.warehouses, key=lambda warehouse: -self.echelon[warehouse])
        """The warehouses, those first that are furthest from the suppliers."""
        self._hours = [(tick(seconds_of_day(place.opens)), tick(seconds_of_day(place.closes))) for place in places]
        self.opens_s, self.closes_s = np.array(self._hours).T.copy()
        self._lanes = {(lane.origin, lane.destination): lane for lane in scenario.lanes}
        self.distance_km = np.zeros((len(places), len(places)))
        """float64[location, location]: of the lane in either direction; 0 where there is none."""
        for lane in scenario.lanes:
            if lane.origin in self.number:
                ends = self.number[lane.origin], self.number[lane.destination]
                self.distance_km[ends] = lane.distance_km
                if self._lanes.get((lane.destination, lane.origin)) is None:
                    self.distance_km[ends[::-1]] = lane.distance_km

    def source(self, supplier: np.ndarray) -> np.ndarray:
        """int64[n_locations, n_skus], read-only: the location whose stock a SKU at a location is ordered from; −1: its supplier.

        `supplier`: int[n_skus], of each SKU.
        """
        source = np.broadcast_to(self.fed_by[:, None], (len(self), len(supplier)))
        return np.where(self._direct[:, supplier], -1, source) if self.is_bypassed else source

    def pass_up(self, into: np.ndarray, of: np.ndarray, source: np.ndarray, locations: Iterable[int]) -> None:
        """Add to the rows of the warehouses what the locations that they feed have in `of`, one location after the other.

        Both are float64[n_locations, n_skus] and may be the same array; `source` as `source` returns it.
        """
        for location in locations:
            if (feeder := int(self.fed_by[location])) >= 0:
                into[feeder] += np.where(source[location] >= 0, of[location], 0.0)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def stores(self) -> range:
        """Numbers of the stores."""
        return range(self.n_stores)

    @property
    def warehouses(self) -> range:
        """Numbers of the warehouses, after those of the stores."""
        return range(self.n_stores, len(self))

    def is_store(self, location: int) -> bool:
        """Whether a location is a store."""
        return location < self.n_stores

    def lead_time_days(self, origin: str, destination: str, otherwise: Varying) -> Varying:
        """The distribution of a lane's lead time, by codes; `otherwise` where no lane gives one."""
        lane = self._lanes.get((origin, destination))
        return otherwise if lane is None or lane.lead_time_days is None else lane.lead_time_days

    def truck_kg(self, origin: str, destination: str) -> float:
        """Load limit of one delivery over a lane, kg; inf where none is configured."""
        lane = self._lanes.get((origin, destination))
        return np.inf if lane is None or lane.truck_kg is None else lane.truck_kg

    def lane_km(self, origin: str, destination: str) -> float:
        """Length of a lane by codes, km; 0 where none is declared."""
        lane = self._lanes.get((origin, destination))
        return 0.0 if lane is None else lane.distance_km

    def opens_in(self, location: int, now: float) -> float:
        """Seconds until a location's doors are open; 0 while they are."""
        clock = now % DAY_S
        opens, closes = self._hours[location]
        if opens <= clock < closes:
            return 0.0
        return opens - clock if clock < opens else opens + DAY_S - clock


def _below(fed_by: np.ndarray) -> np.ndarray:
    """Who is fed by whom, through any number of warehouses. Raises ValueError for warehouses that feed each other."""
    below = np.eye(len(fed_by), dtype=bool)
    at, fed = np.arange(len(fed_by)), fed_by
    for _ in fed_by:
        at, fed = at[fed >= 0], fed[fed >= 0]
        if not len(at):
            return below
        below[fed, at] = True
        fed = fed_by[fed]
    raise ValueError("warehouses that do not feed each other in a circle")
