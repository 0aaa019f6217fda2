"""A warehouse: docks, pickers and opening hours; it shares what it has among the stores that ask, picks and sends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import simpy

from ext.allocation import ration
from sim.chain.backlog import Backlog
from sim.chain.freight import AT_ONCE
from sim.chain.pickers import Pickers
from sim.scenario.distributions import Varying
from sim.stock.ledger import ALL


class Warehouse:
    """Work under way at closing is finished; the rest waits for the morning. What it cannot fill is forgotten, or kept (`unfilled`)."""

    def __init__(self, chain, index: int):
        place = chain.scenario.warehouses[index]
        self.chain, self.env = chain, chain.env
        self.location = chain.network.n_stores + index
        self.docks = simpy.Resource(chain.env, place.docks)
        hours = chain.network.opens_s[self.location], chain.network.closes_s[self.location]
        self.pickers = Pickers(place.pickers, chain.scenario.replenishment.pick_s_per_line, *hours)
        self._asked: dict[int, np.ndarray] = {}
        self._since_s: dict[int, float] = {}
        kept = chain.scenario.replenishment.unfilled == "kept"
        self.backlog = Backlog(len(chain.assortment)) if kept else None

    def ask(self, store: int, units: np.ndarray) -> None:
        """A store's order, int64[n_skus]. Orders that come before the doors open, or at one instant, are served together."""
        if not self._asked:
            self.env.process(self._serve())
        self._asked[store] = self._asked.get(store, 0) + units
        self._since_s.setdefault(store, self.env.now)

    def _serve(self) -> Iterator:
        yield self.env.timeout(self.chain.network.opens_in(self.location, self.env.now))
        asked, since_s = self._asked, self._since_s
        self._asked, self._since_s = {}, {}
        self.chain.reach(*asked)
        given = self._share(np.array(list(asked)), np.stack(list(asked.values()), axis=1))
        on_order = self.chain.replenishment.on_order
        for store, wanted, units in zip(asked, asked.values(), given.T, strict=True):
            units = self._load(store, units)
            if self.backlog:
                self.backlog.add(store, since_s[store], wanted - units)
            else:
                on_order[store] -= wanted - units
            if units.any():
                self.send(store, units, ordered_s=since_s[store])

    def took_in(self) -> None:
        """Goods have come: orders that waited for them go first."""
        if self.backlog and self.backlog.units.any():
            for store, ordered_s, units in self.backlog.fill(self._free()):
                self.send(store, units, ordered_s=ordered_s)

    def _free(self) -> np.ndarray:
        """int64[n_skus]: what may be promised."""
        return np.maximum(self.chain.ledger.promisable(self.location), 0)

    def _load(self, store: int, units: np.ndarray) -> np.ndarray:
        """What the truck carries of units int64[n_skus]: SKU by SKU, those that last the store least first."""
        chain, codes = self.chain, self.chain.network.codes
        most_kg = chain.network.truck_kg(codes[self.location], codes[store])
        if chain.freight.weigh(units) <= most_kg:
            return units
        days_left = chain.ledger.promisable(store) / np.maximum(chain.mean_demand[store], 1e-9)
        in_turn = np.argsort(days_left, kind="stable")
        unit_kg, pack, wanted = chain.assortment.weight_kg[in_turn], chain.assortment.pack[in_turn], units[in_turn]
        room_kg = np.maximum(most_kg - np.concatenate([[0.0], np.cumsum(wanted * unit_kg)[:-1]]), 0.0)
        loaded = np.zeros_like(units)
        loaded[in_turn] = np.minimum(wanted, np.floor(room_kg / (unit_kg * pack)).astype(np.int64) * pack)
        return loaded

    def _share(self, stores: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Units given, int64[n_skus, stores]; where there is enough, what was wanted."""
        chain, said = self.chain, self.chain.scenario.replenishment
        ledger = chain.ledger
        have = self._free()
        given = wanted.copy()
        short = np.flatnonzero(wanted.sum(axis=1) > have)
        if len(short):
            at = np.ix_(stores, short)
            coming = chain.replenishment.on_order[at].T - wanted[short]
            given[short] = ration(
                have[short],
                wanted[short],
                rule=said.rationing,
                on_hand=np.ascontiguousarray(np.maximum(ledger.promisable(at).T + coming, 0)),
                daily_demand=np.ascontiguousarray(chain.mean_demand[at].T),
                pack=chain.assortment.pack[short],
            )
        return given

    def send(
        self,
        destination: int,
        units: np.ndarray,
        otherwise: Varying = AT_ONCE,
        journey: str = "",
        ordered_s: float | None = None,
    ) -> None:
        """Promise units, pick them and send them off; `otherwise` is the lead time where no lane gives one."""
        self.chain.ledger.reserve(self.location, ALL, units)
        self.env.process(self._ship(destination, units, otherwise, journey, ordered_s))

    def _ship(self, destination: int, units: np.ndarray, otherwise: Varying, journey: str, ordered_s) -> Iterator:
        chain, ledger = self.chain, self.chain.ledger
        lines, asked_s = np.count_nonzero(units), self.env.now
        yield self.env.timeout(self.pickers.done_s(asked_s, lines) - asked_s)
        chain.tally.add("picker_busy_s", self.location, self.env.now, float(self.pickers.busy_s(lines)))
        chain.reach(self.location)
        ledger.release(self.location, ALL, units)
        chain.freight.send(self.location, destination, units, otherwise, journey, ordered_s)
