"""The day sheet: every draw of one store-day as arrays, made before the store plays the day.

A sheet is a pure function of (scenario, replication, store, day): each use of randomness has a stream named for store, day and use, so a
customer's numbers never depend on what happens to it, nor on other stores. `Traffic` is built once from a scenario and makes the sheets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import gammaincinv

from sim.clock import DAY_S, on_tick
from sim.records.refusal import Refusal
from sim.scenario.distributions import Varying
from sim.scenario.model import Scenario
from sim.scenario.traffic import Spike
from sim.streams import counter_key, stream
from sim.traffic.arrivals import arrive
from sim.traffic.assortment import Assortment, skus
from sim.traffic.baskets import Popularity, fill, inclusion, lines_per_basket, mean_units, whole
from sim.traffic.calendar import Calendar, seconds_of_day
from sim.traffic.replay import Replay


@dataclass(frozen=True)
class DaySheet:
    """The customers of one store-day: n customers, m basket lines, C payment channels; all times in s, on tick."""

    store: int
    day: int
    arrival_s: np.ndarray
    """f8[n], since the scenario's start, sorted."""
    shopping_s: np.ndarray
    patience_s: np.ndarray
    """f8[n]; inf where nobody leaves the line."""
    line_start: np.ndarray
    """i8[n + 1]: customer c wants lines `line_start[c]` to `line_start[c + 1]`."""
    line_sku: np.ndarray
    """i4[m], rising and distinct within a basket."""
    line_units: np.ndarray
    """i4[m], at least 1."""
    fixed_s: np.ndarray
    """f8[n], service time per ticket."""
    item_s: np.ndarray
    """f8[n], per unit."""
    attribute_s: np.ndarray
    """f8[n], per SKU of the ticket, where attributes are entered."""
    channel: np.ndarray
    """i1[n], payment channel of first choice."""
    pay_s: np.ndarray
    """f8[n, C], on each channel."""
    has_cash: np.ndarray
    """bool[n]."""
    service_u: np.ndarray
    """f8[n], uniform that picks the software's response time by inversion."""
    self_checkout_u: np.ndarray
    """f8[n], uniform for the choice between self-checkout and till."""
    return_s: np.ndarray
    """f8[n], when the ticket comes back, inf never."""
    customer: np.ndarray
    """i8[n], member number, −1 unknown."""
    key: int
    """For draws that only some customers need: `streams.counter_uniform(key, customer's index, line, use)`."""

    def __len__(self) -> int:
        return len(self.arrival_s)


@dataclass(frozen=True)
class OnlineSheet:
    """The chain's online orders of one day: n orders, m lines; and k sessions that only look."""

    day: int
    placed_s: np.ndarray
    """f8[n], since the scenario's start, sorted, on tick."""
    region: np.ndarray
    """i4[n], index into `scenario.regions`."""
    line_start: np.ndarray
    line_sku: np.ndarray
    line_units: np.ndarray
    pick_u: np.ndarray
    """f8[n], uniform for the time to pick."""
    delivery_u: np.ndarray
    """f8[n], uniform for the time to deliver."""
    browse_s: np.ndarray
    """f8[k], sorted, on tick."""
    browse_sku: np.ndarray
    """i4[k]."""
    key: int

    def __len__(self) -> int:
        return len(self.placed_s)


class Traffic:
    """Makes the sheets of a scenario, and says what they amount to on average."""

    def __init__(self, scenario: Scenario, assortment: Assortment | None = None):
        self.scenario = scenario
        self.assortment = assortment or skus(scenario)
        self._calendar = Calendar(scenario, "store")
        self._online_calendar = Calendar(scenario, "online")
        self._usual = Popularity(self.assortment.weight)
        self._spiked = {n: self._mixture(n, spike) for n, spike in enumerate(scenario.traffic.spikes) if spike.skus}
        self._online_lines = scenario.online.basket_lines or scenario.traffic.basket_lines
        self._regions = self._region_shares()
        self._replay = Replay(scenario, self.assortment) if scenario.traffic.log else None

    @property
    def popularity(self) -> np.ndarray:
        """f8[n_skus], share of basket lines before distinctness; the same in all stores."""
        return self._usual.weight

    @cached_property
    def mean_demand(self) -> np.ndarray:
        """f8[n_stores, n_skus], units a day in an average year, holidays and spikes left out; of a replayed log, over the run."""
        traffic = self.scenario.traffic
        customers = np.array([store.customers_per_day for store in self.scenario.stores]) * self._calendar.average
        units = inclusion(traffic.basket_lines, self._usual) * mean_units(traffic.line_units)
        demand = customers[:, None] * units
        for store in self._replay.stores if self._replay else ():
            demand[store] = self._replay.mean_demand(store, len(self.assortment))
        return demand

    @cached_property
    def mean_online_demand(self) -> np.ndarray:
        """f8[n_skus], units a day that are ordered online."""
        orders = self.scenario.online.orders_per_day * self._online_calendar.average
        return orders * inclusion(self._online_lines, self._usual) * mean_units(self.scenario.traffic.line_units)

    def day(self, replication: int, store: int, day: int) -> DaySheet:
        """The customers of one store-day, drawn or from the log."""
        place = self.scenario.stores[store]
        draw = _Draws(self.scenario.seed, replication, f"store/{place.code}/day/{day}")
        if self._replay and store in self._replay.stores:
            return self._replayed(draw, store, day)
        hours = seconds_of_day(place.opens), seconds_of_day(place.closes)
        rate = self._calendar.rate(day, *hours, place.customers_per_day * self._calendar.factor(day), self._cells(draw))
        arrival_s = arrive(rate, draw.generator("arrivals"))
        lines = lines_per_basket(self.scenario.traffic.basket_lines, self._usual, draw("basket_lines", len(arrival_s)))
        line_start, line_sku, line_units = self._baskets(draw, self._calendar, arrival_s, lines)
        return self._sheet(draw, store, day, arrival_s, line_start, line_sku, line_units)

    def _replayed(self, draw: _Draws, store: int, day: int) -> DaySheet:
        """The log's tickets at their stamps, at the till at once; what a log does not tell is drawn."""
        seen = self._replay.visits(store, day)
        sheet = self._sheet(draw, store, day, seen.arrival_s, seen.line_start, seen.line_sku, seen.line_units)
        return replace(sheet, shopping_s=np.zeros(len(sheet)), customer=seen.customer)

    def online(self, replication: int, day: int) -> OnlineSheet:
        """The chain's online orders of one day. The sessions that only look keep the orders' hours, Gamma factors and spikes."""
        online = self.scenario.online
        draw = _Draws(self.scenario.seed, replication, f"online/day/{day}")
        orders = online.orders_per_day * self._online_calendar.factor(day)
        rate = self._online_calendar.rate(day, 0.0, DAY_S, orders, self._cells(draw))
        placed_s = arrive(rate, draw.generator("arrivals"))
        n = len(placed_s)
        lines = lines_per_basket(self._online_lines, self._usual, draw("basket_lines", n))
        line_start, line_sku, line_units = self._baskets(draw, self._online_calendar, placed_s, lines)
        browse_s = arrive(rate.times(online.browse_per_order), draw.generator("browse"))
        return OnlineSheet(
            day=day,
            placed_s=placed_s,
            region=_choose(self._regions, draw("region", n)).astype(np.int32),
            line_start=line_start,
            line_sku=line_sku,
            line_units=line_units,
            pick_u=draw("pick", n),
            delivery_u=draw("delivery", n),
            browse_s=browse_s,
            browse_sku=self._usual.draw(draw("browse_sku", len(browse_s))),
            key=draw.key,
        )

    def _cells(self, draw: _Draws) -> np.ndarray:
        """Gamma factors of the day's cells, the day's own factor in all of them: f8[cells a day]."""
        traffic = self.scenario.traffic
        cells = np.ones(24 * 60 // traffic.cell_minutes)
        if traffic.cell_gamma_size:
            cells *= _gamma(traffic.cell_gamma_size, draw("cell_gamma", len(cells)))
        if traffic.day_gamma_size:
            cells *= _gamma(traffic.day_gamma_size, draw("day_gamma", 1))
        return cells

    def _baskets(self, draw: _Draws, calendar: Calendar, instant_s: np.ndarray, lines: np.ndarray):
        """Baskets of given sizes: `line_start`, `line_sku`, `line_units`."""
        spike = calendar.spike_of(instant_s)
        tables = {n: self._spiked.get(n, self._usual) for n in np.unique(spike).tolist()}
        for n, table in tables.items():
            lines = np.where(spike == n, np.minimum(lines, table.carried), lines)
        line_start = np.concatenate([[0], np.cumsum(lines)])
        u = draw("skus", line_start[-1])
        line_sku = np.zeros(line_start[-1], dtype=np.int32)
        of_line = np.repeat(spike, lines)
        again = draw.counters("skus/again")
        for n, table in tables.items():
            line_sku[of_line == n] = fill(lines[spike == n], table, u[of_line == n], again ^ (n + 1))
        units = whole(self.scenario.traffic.line_units, draw("line_units", line_start[-1]))
        return line_start, line_sku, units.astype(np.int32)

    def _sheet(self, draw: _Draws, store: int, day: int, arrival_s, line_start, line_sku, line_units) -> DaySheet:
        """Add to arrivals and baskets what each customer brings to the till."""
        trading, traffic, n = self.scenario.trading, self.scenario.traffic, len(arrival_s)
        patience = trading.patience_s
        shares = np.array([payment.share for payment in trading.payments])
        channel = _choose(shares, draw("channel", n)).astype(np.int8)
        pay_u = draw("pay", n)
        cash = [c for c, payment in enumerate(trading.payments) if payment.name == "cash"]
        days_away = whole(trading.return_after_days, draw("return_after", n))
        comes_back = draw("return", n) < trading.return_share
        member_u = draw("member", n)
        number = store * traffic.members + np.floor(member_u / (traffic.member_share or 1) * traffic.members)
        return DaySheet(
            store=store,
            day=day,
            arrival_s=arrival_s,
            shopping_s=draw.law(trading.shopping_s, "shopping", n),
            patience_s=np.full(n, np.inf) if patience is None else draw.law(patience, "patience", n),
            line_start=line_start,
            line_sku=line_sku,
            line_units=line_units,
            fixed_s=draw.law(trading.fixed_s, "fixed", n),
            item_s=draw.law(trading.item_s, "item", n),
            attribute_s=draw.law(trading.attribute_entry_s, "attribute", n),
            channel=channel,
            pay_s=np.stack([_duration(payment.pays_s, pay_u) for payment in trading.payments], axis=1),
            has_cash=(draw("cash", n) < trading.cash_holders) | np.isin(channel, cash),
            service_u=draw("service", n),
            self_checkout_u=draw("self_checkout", n),
            return_s=np.where(comes_back, arrival_s + days_away * DAY_S, np.inf),
            customer=np.where(member_u < traffic.member_share, number, -1).astype(np.int64),
            key=draw.key,
        )

    def _mixture(self, n: int, spike: Spike) -> Popularity:
        """What customers ask for while a spike lasts."""
        numbers = {code: number for number, code in enumerate(self.assortment.code)}
        for code in spike.skus:
            if code not in numbers:
                raise Refusal(self.scenario.name, f"traffic.spikes.{n}.skus", "the code of a SKU", code)
        sold = np.zeros(len(self.assortment))
        sold[[numbers[code] for code in spike.skus]] = 1 / len(spike.skus)
        return Popularity((1 - spike.sku_share) * self.popularity + spike.sku_share * sold)

    def _region_shares(self) -> np.ndarray:
        codes = [region.code for region in self.scenario.regions]
        shares = dict.fromkeys(codes, 0.0)
        given = self.scenario.online.region_shares
        for code, share in given.items() if given else [(s.region, s.customers_per_day) for s in self.scenario.stores]:
            if code not in shares:
                where = "online.region_shares" if given else "stores.*.region"
                raise Refusal(self.scenario.name, where, "the code of a region", code)
            shares[code] += share
        weight = np.array([shares[code] for code in codes])
        return weight / weight.sum() if weight.sum() > 0 else np.full(len(codes), 1 / len(codes))


class _Draws:
    """The named streams of one sheet."""

    def __init__(self, seed: int, replication: int, prefix: str):
        self._seed, self._replication, self._prefix = seed, replication, prefix
        self.key = self.counters("counters")

    def generator(self, use: str) -> np.random.Generator:
        return stream(self._seed, self._replication, f"{self._prefix}/{use}")

    def counters(self, use: str) -> int:
        return counter_key(self._seed, self._replication, f"{self._prefix}/{use}")

    def __call__(self, use: str, n: int) -> np.ndarray:
        return self.generator(use).random(n)

    def law(self, law: Varying, use: str, n: int) -> np.ndarray:
        return _duration(law, self(use, n))


def _duration(law: Varying, u: np.ndarray) -> np.ndarray:
    return on_tick(np.maximum(law.quantile(u), 0.0))


def _choose(shares: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares)[:-1], u, side="right")


def _gamma(size: float, u: np.ndarray) -> np.ndarray:
    return gammaincinv(size, u) / size
