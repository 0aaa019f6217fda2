"""A warehouse: docks, pickers and opening hours; it rations its stock among the stores and warehouses that order, picks and ships.

Unfilled orders are lost or backlogged; the backlog is served first come, first served, as soon as goods come in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from ext.allocation import ration
from sim.chain.agenda import Agenda
from sim.chain.fault_spans import spans_s
from sim.chain.output.tally import Tally
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.freight import Consignment, Freight
from sim.chain.supply.servers import Pickers
from sim.stock.ledger import ALL, StockLedger


class Backlog:
    """Backlogged units of orders, oldest order first."""

    def __init__(self, n_skus: int):
        self.units = np.zeros(n_skus, dtype=np.int64)
        """int64[n_skus], ordered and not on hand."""
        self._orders: deque[tuple[int, float, np.ndarray]] = deque()

    def add(self, location: int, ordered_s: float, units: np.ndarray) -> None:
        """Backlog the unfilled units of a location's order, int64[n_skus]."""
        if units.any():
            self.units += units
            self._orders.append((location, ordered_s, units.copy()))

    def fill(self, have: np.ndarray) -> list[tuple[int, float, np.ndarray]]:
        """Allocate `have`, int64[n_skus]: (location, instant of its order in s, units) for each order that gets units, oldest first."""
        left, served = have.copy(), []
        for location, ordered_s, units in self._orders:
            given = np.minimum(units, left)
            if given.any():
                left -= given
                units -= given
                served.append((location, ordered_s, given))
        self.units -= have - left
        self._orders = deque(order for order in self._orders if order[2].any())
        return served


@dataclass(frozen=True)
class Request:
    """The orders of stores and warehouses at one instant."""

    locations: np.ndarray
    """int64[k], each once."""
    units: np.ndarray
    """int64[k, n_skus]"""
    since_s: np.ndarray
    """float64[k], instants of the orders."""


class Warehouse:
    """Work under way at closing is finished; other work waits until opening. Unfilled orders are lost or backlogged (`unfilled`)."""

    def __init__(
        self,
        setting: Setting,
        index: int,
        agenda: Agenda,
        ledger: StockLedger,
        tally: Tally,
        freight: Freight,
    ):
        place, network = setting.scenario.warehouses[index], setting.network
        self.setting, self.agenda, self.ledger, self.tally, self.freight = setting, agenda, ledger, tally, freight
        self.location = network.n_stores + index
        configured, hours = (
            setting.scenario.replenishment,
            (network.opens_s[self.location], network.closes_s[self.location]),
        )
        stopped = spans_s(setting.scenario, lambda fault: fault.stops_warehouse(place.code))
        self.pickers = Pickers(place.pickers, configured.pick_s_per_line, *hours, stopped)
        self.docks = Pickers(place.docks, 60 * configured.unload_minutes, *hours, stopped)
        """Servers of one lorry each: a lorry is a job of one line."""
        codes = network.codes
        self._truck_kg = np.array([network.truck_kg(codes[self.location], code) for code in codes])
        """float64[n_locations], load limit of a delivery."""
        self.backlog = Backlog(len(setting.assortment)) if configured.unfilled == "kept" else None

    def ask(self, locations: np.ndarray, units: np.ndarray) -> None:
        """Orders of locations int64[k], units int64[k, n_skus]. Orders that arrive before opening, or at one instant, are served together."""
        now = self.agenda.now
        request = Request(locations, units, np.full(len(locations), now))
        opens_s = now + self.setting.network.opens_in(self.location, now)
        phase = Instant.OPENING if opens_s > now else Instant.ORDERS
        self.agenda.at(opens_s, phase, self._serve, request)

    def _serve(self, requests: list[Request]) -> None:
        asked = requests[0] if len(requests) == 1 else _together(requests)
        given = self._load(asked.locations, self._share(asked.locations, asked.units))
        goods = Consignment(self.location, asked.locations, given, asked.since_s)
        if given is not asked.units:
            self._leave_out(asked, asked.units - given)
            goods = goods.only(np.flatnonzero(given.any(axis=1)))
        self.send(goods)

    def _leave_out(self, asked: Request, missing: np.ndarray) -> None:
        """Backlog or cancel unfilled units, int64[k, n_skus]."""
        if self.backlog:
            for location, since_s, units in zip(asked.locations.tolist(), asked.since_s.tolist(), missing, strict=True):
                self.backlog.add(location, since_s, units)
        else:
            self.ledger.give_up(asked.locations, missing)

    def took_in(self) -> None:
        """Goods have come in: serve the backlog."""
        if self.backlog and self.backlog.units.any():
            for location, ordered_s, units in self.backlog.fill(self._free()):
                self.send(Consignment(self.location, np.array([location]), units[None], np.array([ordered_s])))

    def _free(self) -> np.ndarray:
        """int64[n_skus]: units available, ≥ 0."""
        return np.maximum(self.ledger.promisable(self.location), 0)

    def _share(self, locations: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Units allocated, int64[k, n_skus]; without a shortage `wanted` itself."""
        setting, ledger, have = self.setting, self.ledger, self._free()
        short = np.flatnonzero(wanted.sum(axis=0) > have)
        if not len(short):
            return wanted
        asked = wanted[:, short]
        given, at = wanted.copy(), np.ix_(locations, short)
        expected = ledger.promisable(locations, short) + ledger.on_order[at] - asked
        given[:, short] = ration(
            have[short],
            np.ascontiguousarray(asked.T),
            rule=setting.scenario.replenishment.rationing,
            on_hand=np.ascontiguousarray(np.maximum(expected, 0).T),
            daily_demand=np.ascontiguousarray(setting.mean_demand[at].T),
            pack=setting.assortment.pack[short],
        ).T
        return given

    def _load(self, locations: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Units within the trucks' load limits, int64[k, n_skus]; `units` itself where all fit."""
        most_kg = self._truck_kg[locations]
        if not np.isfinite(most_kg).any():
            return units
        loaded = units.copy()
        for row in np.flatnonzero(self.freight.weigh(units) > most_kg).tolist():
            loaded[row] = self._loaded(int(locations[row]), units[row], most_kg[row])
        return loaded

    def _loaded(self, location: int, units: np.ndarray, most_kg: float) -> np.ndarray:
        """Units int64[n_skus] within one truck's load limit: SKU by SKU, by increasing days of cover at the destination."""
        goods = self.setting.assortment
        days_left = self.ledger.promisable(location) / np.maximum(self.setting.mean_demand[location], 1e-9)
        in_turn = np.argsort(days_left, kind="stable")
        unit_kg, pack, wanted = goods.weight_kg[in_turn], goods.pack[in_turn], units[in_turn]
        room_kg = np.maximum(most_kg - np.concatenate([[0.0], np.cumsum(wanted * unit_kg)[:-1]]), 0.0)
        loaded = np.zeros_like(units)
        loaded[in_turn] = np.minimum(wanted, np.floor(room_kg / (unit_kg * pack)).astype(np.int64) * pack)
        return loaded

    def send(self, goods: Consignment) -> None:
        """Reserve goods of this warehouse, pick and ship them. One picker picks all order lines for one destination."""
        now = self.agenda.now
        for t, part in goods.parts([self.pickers.done_s(now, lines) for lines in _lines(goods).tolist()]):
            if t == now:
                self.freight.send(part)
            else:
                self.ledger.reserve(self.location, ALL, part.units.sum(axis=0))
                self.agenda.at(t, Instant.DEPARTURE, self._picked, part)

    def leaving(self) -> list[tuple[float, Consignment]]:
        """Goods that are being picked, reserved until they leave, and the instants at which they do."""
        return self.agenda.waiting(self._picked)

    def asked_for(self) -> list[tuple[float, Consignment]]:
        """What orders that wait for the doors to open would be given if they were served now, and the instant of opening."""
        waiting = self.agenda.waiting(self._serve)
        if not waiting:
            return []
        asked = _together([request for _, request in waiting])
        given = self._load(asked.locations, self._share(asked.locations, asked.units))
        return [(waiting[0][0], Consignment(self.location, asked.locations, given))]

    def _picked(self, picked: list[Consignment]) -> None:
        for goods in picked:
            self.ledger.release(self.location, ALL, goods.units.sum(axis=0))
            busy_s = float(self.pickers.busy_s(_lines(goods)).sum())
            self.tally.add("picker_busy_s", self.location, self.agenda.now, busy_s)
            self.freight.send(goods)


def _lines(goods: Consignment) -> np.ndarray:
    """Order lines for each destination, int64[k]."""
    # Row by row is several times faster than along an axis.
    return np.array([np.count_nonzero(units) for units in goods.units])


def _together(requests: list[Request]) -> Request:
    """Several requests as one; a location with two orders has waited since its first."""
    locations, of = np.unique(np.concatenate([request.locations for request in requests]), return_inverse=True)
    units = np.zeros((len(locations), requests[0].units.shape[1]), dtype=np.int64)
    np.add.at(units, of, np.concatenate([request.units for request in requests]))
    since_s = np.full(len(locations), np.inf)
    np.minimum.at(since_s, of, np.concatenate([request.since_s for request in requests]))
    return Request(locations, units, since_s)
