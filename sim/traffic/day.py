"""The day sheet: every draw of one store-day as arrays, made before the store plays the day.

A sheet is a pure function of (scenario, replication, store, day): each use of randomness has a stream named for store, day and use, so a
customer's numbers never depend on what happens to it, nor on other stores. `Traffic` is built once from a scenario and makes the sheets;
`ext.draws` fills them. A law that is a constant draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import gammaincinv

from ext.draws import uniforms
from sim.clock import DAY_S, on_tick
from sim.records.refusal import Refusal
from sim.scenario.distributions import Constant, Varying
from sim.scenario.model import Scenario
from sim.scenario.traffic import Spike
from sim.streams import bits, counter_key
from sim.traffic.arrivals import arrive
from sim.traffic.assortment import Assortment, skus
from sim.traffic.baskets import Popularity, Whole, fill, inclusion, mean_units, whole
from sim.traffic.calendar import Calendar, seconds_of_day
from sim.traffic.replay import Replay
from sim.traffic.steps import Steps


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
    """i4[m], distinct within a basket."""
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
    """f8[n], uniform for the choice between self-checkout and till; 0 where a store has no self-checkout."""
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
        self._lines = Whole(scenario.traffic.basket_lines)
        self._lines_online = Whole(self._online_lines)
        self._units = Whole(scenario.traffic.line_units)
        self._channels = Steps(np.cumsum([payment.share for payment in scenario.trading.payments]))
        self._regions = Steps(np.cumsum(self._region_shares()))
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
        cells = self._cells(draw, *hours)
        rate = self._calendar.rate(day, *hours, place.customers_per_day * self._calendar.factor(day), cells)
        arrival_s = arrive(rate, draw.bits("arrivals"))
        line_start, line_sku, line_units = self._baskets(draw, self._calendar, arrival_s, self._lines)
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
        rate = self._online_calendar.rate(day, 0.0, DAY_S, orders, self._cells(draw, 0.0, DAY_S))
        placed_s = arrive(rate, draw.bits("arrivals"))
        n = len(placed_s)
        line_start, line_sku, line_units = self._baskets(draw, self._online_calendar, placed_s, self._lines_online)
        browse_s = arrive(rate.times(online.browse_per_order), draw.bits("browse"))
        return OnlineSheet(
            day=day,
            placed_s=placed_s,
            region=self._regions.draw(draw("region", n)),
            line_start=line_start,
            line_sku=line_sku,
            line_units=line_units,
            pick_u=draw("pick", n),
            delivery_u=draw("delivery", n),
            browse_s=browse_s,
            browse_sku=self._usual.draw(draw("browse_sku", len(browse_s))),
            key=draw.key,
        )

    def _cells(self, draw: _Draws, opens_s: float, closes_s: float) -> np.ndarray:
        """Gamma factors of the day's cells, the day's own factor in all of them: f8[cells a day]; 1 where doors are closed."""
        traffic = self.scenario.traffic
        cells = np.ones(24 * 60 // traffic.cell_minutes)
        if traffic.cell_gamma_size:
            cell_s = 60 * traffic.cell_minutes
            inside = slice(int(opens_s // cell_s), int(-(-closes_s // cell_s)))
            cells[inside] = _gamma(traffic.cell_gamma_size, draw("cell_gamma", len(cells))[inside])
        if traffic.day_gamma_size:
            cells *= _gamma(traffic.day_gamma_size, draw("day_gamma", 1))
        return cells

    def _baskets(self, draw: _Draws, calendar: Calendar, instant_s: np.ndarray, sizes: Whole):
        """Baskets with lines by the law of `sizes`: `line_start`, `line_sku`, `line_units`."""
        lines = np.minimum(draw.whole(sizes, "basket_lines", len(instant_s)), self._usual.carried)
        spike = calendar.spike_of(instant_s) if self._spiked else None
        special = [] if spike is None else [n for n in self._spiked if np.any(spike == n)]
        for n in special:
            lines = np.where(spike == n, np.minimum(lines, self._spiked[n].carried), lines)
        line_start = np.zeros(len(lines) + 1, dtype=np.int64)
        np.cumsum(lines, out=line_start[1:])
        u, again = draw("skus", line_start[-1]), draw.counters("skus/again")
        line_sku = fill(line_start, self._usual, u, again)
        for n in special:
            fill(line_start, self._spiked[n], u, again, np.flatnonzero(spike == n), line_sku)
        units = draw.whole(self._units, "line_units", line_start[-1]).astype(np.int32)
        return line_start, line_sku, units

    def _sheet(self, draw: _Draws, store: int, day: int, arrival_s, line_start, line_sku, line_units) -> DaySheet:
        """Add to arrivals and baskets what each customer brings to the till."""
        trading, traffic, n = self.scenario.trading, self.scenario.traffic, len(arrival_s)
        patience = trading.patience_s
        channel = self._channels.draw(draw("channel", n)).astype(np.int8)
        pay_s = np.empty((n, len(trading.payments)))
        has_cash = draw("cash", n) < trading.cash_holders
        for c, payment in enumerate(trading.payments):
            pay_s[:, c] = draw.law(payment.pays_s, "pay", n)
            if payment.name == "cash":
                has_cash |= channel == c
        return_u, return_s = draw("return", n), np.full(n, np.inf)
        back = np.flatnonzero(return_u < trading.return_share)
        days_away = whole(trading.return_after_days, return_u[back] / (trading.return_share or 1))
        return_s[back] = arrival_s[back] + days_away * DAY_S
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
            pay_s=pay_s,
            has_cash=has_cash,
            service_u=draw("service", n),
            self_checkout_u=draw("self_checkout", n) if self.scenario.stores[store].self_checkouts else np.zeros(n),
            return_s=return_s,
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

    def bits(self, use: str) -> np.random.PCG64DXSM:
        return bits(self._seed, self._replication, f"{self._prefix}/{use}")

    def counters(self, use: str) -> int:
        return counter_key(self._seed, self._replication, f"{self._prefix}/{use}")

    def __call__(self, use: str, n: int) -> np.ndarray:
        return uniforms(self.bits(use), n)

    def law(self, law: Varying, use: str, n: int) -> np.ndarray:
        """Durations: f8[n] s, on tick."""
        if isinstance(law, Constant):
            return np.full(n, on_tick(max(law.value, 0.0)))
        return on_tick(np.maximum(law.quantile(self(use, n)), 0.0))

    def whole(self, law: Whole, use: str, n: int) -> np.ndarray:
        """Whole units: i8[n]."""
        return law.draw(self(use, n)) if law.only is None else np.full(n, law.only)


def _gamma(size: float, u: np.ndarray) -> np.ndarray:
    return gammaincinv(size, u) / size
