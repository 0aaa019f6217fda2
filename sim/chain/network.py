"""Where everything stands: the chain's locations by number, the lanes between them, and when their doors are open."""

from __future__ import annotations

import numpy as np

from sim.clock import DAY_S, tick
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Varying
from sim.traffic.calendar import seconds_of_day


class Network:
    """Locations are numbered stores first, then warehouses, both in the scenario's order; zones are regions."""

    def __init__(self, scenario: Scenario):
        places = [*scenario.stores, *scenario.warehouses]
        regions = {region.code: number for number, region in enumerate(scenario.regions)}
        self.n_stores, self.n_warehouses = len(scenario.stores), len(scenario.warehouses)
        self.codes = [place.code for place in places]
        self.number = {code: number for number, code in enumerate(self.codes)}
        self.region = np.array([regions[place.region] for place in places])
        self.warehouse_of = np.array([self.number[store.warehouse] for store in scenario.stores], dtype=np.int64)
        """int64[n_stores]: the location that delivers to a store."""
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
        """What one delivery over a lane can carry; inf where nothing is said."""
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
