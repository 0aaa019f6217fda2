"""The day sheet: every draw of one store-day as arrays, made before the store plays the day.

A sheet is a pure function of (scenario, replication, store, day): each number is a function of these, of its use and of the customer, and does
not depend on the play or on other stores. `Traffic` is built once from a scenario and makes the sheets; `ext.draws` fills them. A constant
distribution draws nothing, and sheets share constant columns, so all columns are read-only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from ext.draws import chosen, uniforms
from sim.clock import DAY_S, tick
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Gamma
from sim.scenario.sections.traffic import Spike
from sim.streams import counter_key, use
from sim.traffic.arrivals import Gaps, arrive, spread
from sim.traffic.assortment import Assortment, skus
from sim.traffic.baskets import Popularity, Whole, during, fill, inclusion, whole
from sim.traffic.calendar import Calendar, seconds_of_day
from sim.traffic.hourly import Hourly
from sim.traffic.lifts import lifted, lifted_weight
from sim.traffic.log_replay import Replay
from sim.traffic.price_list import priced_at_start
from sim.traffic.promotions import Active, promotions
from sim.traffic.quantiles import Quantiles, Same, Steps
from sim.traffic.regions import region_shares
from sim.traffic.sku_groups import Units
from sim.traffic.stages import Stage, Stages
from sim.traffic.store_baskets import StoreBaskets, inclusion_by_store, store_baskets

_NEVER, _ZERO = Same(np.inf), Same(0.0)


@dataclass(frozen=True)
class DaySheet:
    """The customers of one store-day: n customers, m basket lines, C payment channels; all times in s, on tick."""

    store: int
    day: int
    arrival_s: np.ndarray
    """float64[n], since the scenario's start, sorted."""
    shopping_s: np.ndarray
    patience_s: np.ndarray
    """float64[n]; inf where customers do not abandon."""
    line_start: np.ndarray
    """int64[n + 1]: customer c wants lines `line_start[c]` to `line_start[c + 1]`."""
    line_sku: np.ndarray
    """int32[m], distinct within a basket."""
    line_units: np.ndarray
    """int32[m], at least 1."""
    fixed_s: np.ndarray
    """float64[n], service time per ticket."""
    item_s: np.ndarray
    """float64[n], per unit."""
    attribute_s: np.ndarray
    """float64[n], per SKU of the ticket, where attributes are entered."""
    channel: np.ndarray
    """int8[n], payment channel of first choice."""
    pay_s: np.ndarray
    """float64[n, C], on each channel."""
    has_cash: np.ndarray
    """bool[n]."""
    self_checkout_u: np.ndarray
    """float64[n], uniform for the choice between self-checkout and till; 0 where a store has no self-checkout."""
    return_s: np.ndarray
    """float64[n], when the ticket comes back, inf never."""
    customer: np.ndarray
    """int64[n], member number, −1 unknown."""
    key: int
    """For draws that only some customers need: `streams.counter_uniform(key, customer's index, line, use)`."""
    priority: np.ndarray | None = None
    """bool[n], customers of the priority class; None where there is one class."""
    line_redo_s: np.ndarray | None = None
    """float64[m], what a clerk has to do again at a till, where the line comes onto a ticket; None where no clerk errs."""

    def __len__(self) -> int:
        return len(self.arrival_s)


@dataclass(frozen=True)
class OnlineSheet:
    """The chain's online orders of one day: n orders, m lines; and k sessions that only look."""

    day: int
    placed_s: np.ndarray
    """float64[n], since the scenario's start, sorted, on tick."""
    region: np.ndarray
    """int32[n], index into `scenario.regions`."""
    line_start: np.ndarray
    line_sku: np.ndarray
    line_units: np.ndarray
    pick_u: np.ndarray
    """float64[n], uniform for the time to pick."""
    delivery_u: np.ndarray
    """float64[n], uniform for the time to deliver."""
    browse_s: np.ndarray
    """float64[k], sorted, on tick."""
    browse_sku: np.ndarray
    """int32[k]."""
    key: int

    def __len__(self) -> int:
        return len(self.placed_s)


class Traffic:
    """Makes the sheets of a scenario, and has their means."""

    def __init__(self, scenario: Scenario, assortment: Assortment | None = None):
        self.scenario = scenario
        self.assortment = assortment or priced_at_start(scenario, skus(scenario))
        self.stages = Stages(scenario)
        self._calendar = Calendar(scenario, "store")
        self._online_calendar = Calendar(scenario, "online")
        self._usual = Popularity(self.assortment.weight)
        self._promotions = promotions(scenario, self.assortment)
        self._of_sku_day = _gamma(scenario.traffic.sku_day_gamma_size)
        self._lifted = lru_cache(maxsize=4)(self._lift)
        self._spiked = {n: self._mixture(n, spike) for n, spike in enumerate(scenario.traffic.spikes) if spike.skus}
        self._online_lines = scenario.online.basket_lines or scenario.traffic.basket_lines
        self._lines = Whole(scenario.traffic.basket_lines)
        self._lines_online = Whole(self._online_lines)
        self._units = Units(scenario)
        self._regions = Steps(np.cumsum(region_shares(self.scenario)))
        self._hours = [(seconds_of_day(store.opens), seconds_of_day(store.closes)) for store in scenario.stores]
        self._in_stores: StoreBaskets | None
        self._hourly: Hourly | None
        associated = bool(scenario.traffic.groups or scenario.traffic.pairs)
        baskets = store_baskets(scenario, self.assortment, self._mean_hours) if associated else None
        self._in_stores, self._hourly = (None, None) if baskets is None else baskets
        self._gaps = Gaps(scenario.traffic.dispersion)
        self._of_day, self._of_cell = _gamma(scenario.traffic.day_gamma_size), _gamma(scenario.traffic.cell_gamma_size)
        trading = scenario.trading
        self._shopping, self._fixed = Quantiles(trading.shopping_s), Quantiles(trading.fixed_s)
        self._item, self._attribute = Quantiles(trading.item_s), Quantiles(trading.attribute_entry_s)
        self._patience = None if trading.patience_s is None else Quantiles(trading.patience_s)
        self._channels = Steps(np.cumsum([payment.share for payment in trading.payments]))
        self._pay = [Quantiles(payment.pays_s) for payment in trading.payments]
        constant_s = [distribution.constant_s for distribution in self._pay]
        self._same_pay = None if None in constant_s else Same(np.array(constant_s, dtype=np.float64))
        self._is_cash = np.array([payment.name == "cash" for payment in trading.payments])
        self._replay = Replay(scenario, self.assortment) if scenario.traffic.log else None

    @cached_property
    def _store_hours(self) -> np.ndarray:
        """float64[n_stores, 24], shares of the hours in each store's customers over a mean week."""
        of = {hours: self._calendar.mean_hours(*hours) for hours in dict.fromkeys(self._hours)}
        return np.array([of[hours] for hours in self._hours])

    @property
    def _mean_hours(self) -> np.ndarray:
        """float64[24], the same over all stores."""
        customers = np.array([store.customers_per_day for store in self.scenario.stores])
        return np.einsum("s,sh->h", customers if customers.any() else customers + 1.0, self._store_hours)

    @property
    def popularity(self) -> np.ndarray:
        """float64[n_skus], share of basket lines before distinctness; the same in all stores."""
        return self._usual.weight

    @cached_property
    def mean_demand(self) -> np.ndarray:
        """float64[n_stores, n_skus], units a day in an average year, holidays and spikes left out; of a replayed log, over the run."""
        customers = np.array([store.customers_per_day for store in self.scenario.stores]) * self._calendar.average
        lines = self.scenario.traffic.basket_lines
        units = inclusion_by_store(lines, self._usual, self._hourly, self._store_hours) * self._units.mean
        demand = customers[:, None] * units
        if self._replay:
            for store in self._replay.stores:
                demand[store] = self._replay.mean_demand(store, len(self.assortment))
        return demand

    @cached_property
    def mean_online_demand(self) -> np.ndarray:
        """float64[n_skus], units a day that are ordered online."""
        orders = self.scenario.online.orders_per_day * self._online_calendar.average
        return orders * inclusion(self._online_lines, self._usual) * self._units.mean

    def day(self, replication: int, store: int, day: int) -> DaySheet:
        """The customers of one store-day, drawn or from the log, under the system and the modules that the store has on it."""
        return self._under(self.stages.of(store, day), self._drawn(replication, store, day))

    def _under(self, stage: Stage, sheet: DaySheet) -> DaySheet:
        """A sheet without what its store does without, and with the errors of its clerks."""
        if "members" in stage.without:
            sheet = replace(sheet, customer=np.full(len(sheet), -1))
        if not stage.system.attribute_entry and self.stages.change(sheet.store):
            sheet = replace(sheet, attribute_s=np.zeros(len(sheet)))
        if (errors := stage.errors) is not None:
            lines, share = len(sheet.line_sku), errors.noticed_share(stage.proficiency(sheet.day))
            redo_s = np.zeros(lines)
            redo_s[chosen(sheet.key, use("error"), lines, share)[0]] = tick(errors.redo_s)
            sheet = replace(sheet, line_redo_s=redo_s)
        return sheet

    def _drawn(self, replication: int, store: int, day: int) -> DaySheet:
        place = self.scenario.stores[store]
        key = counter_key(self.scenario.seed, replication, f"store/{place.code}/day/{day}")
        if self._replay and store in self._replay.stores:
            return self._replayed(key, store, day)
        customers = place.customers_per_day * self._calendar.factor(day)
        rate = self._calendar.rate(day, *self._hours[store], customers, self._cells(key))
        arrival_s = arrive(rate, key, gaps=self._gaps)
        usual, in_stores = self._on(replication, day, not self.stages.does_without("marketing", store, day))
        line_start, line_sku, line_units = self._baskets(key, self._calendar, arrival_s, self._lines, usual, in_stores)
        return self._sheet(key, store, day, arrival_s, line_start, line_sku, line_units)

    def _replayed(self, key: int, store: int, day: int) -> DaySheet:
        """The log's tickets, each at the till at the instant of its stamp, or spread over its cell; what a log does not contain is drawn."""
        assert self._replay is not None
        seen, replay = self._replay.visits(store, day), self.scenario.traffic.log
        arrival_s = seen.arrival_s
        if replay is not None and replay.spread_minutes:
            opens_s, closes_s = (day * DAY_S + edge_s for edge_s in self._hours[store])
            arrival_s = spread(arrival_s, replay.spread_minutes * 60.0, (opens_s, closes_s), key)
        sheet = self._sheet(key, store, day, arrival_s, seen.line_start, seen.line_sku, seen.line_units)
        return replace(sheet, shopping_s=np.zeros(len(sheet)), customer=seen.customer)

    def online(self, replication: int, day: int) -> OnlineSheet:
        """The chain's online orders of one day. The sessions that only look keep the orders' hours, Gamma factors and spikes."""
        online = self.scenario.online
        key = counter_key(self.scenario.seed, replication, f"online/day/{day}")
        orders = online.orders_per_day * self._online_calendar.factor(day)
        rate = self._online_calendar.rate(day, 0.0, DAY_S, orders, self._cells(key))
        placed_s = arrive(rate, key, gaps=self._gaps)
        n = len(placed_s)
        usual = self._on(replication, day)[0]
        line_start, line_sku, line_units = self._baskets(
            key, self._online_calendar, placed_s, self._lines_online, usual
        )
        browse_s = arrive(rate.times(online.browse_per_order), key, "browse", self._gaps)
        return OnlineSheet(
            day=day,
            placed_s=placed_s,
            region=self._regions.draw(key, "region", n),
            line_start=line_start,
            line_sku=line_sku,
            line_units=line_units,
            pick_u=uniforms(key, use("pick"), n),
            delivery_u=uniforms(key, use("delivery"), n),
            browse_s=browse_s,
            browse_sku=self._usual.draw(key, "browse_sku", len(browse_s)),
            key=key,
        )

    def _cells(self, key: int) -> np.ndarray:
        """Gamma factors of the day's cells, the day's own factor in all of them: float64[cells a day]."""
        n = 24 * 60 // self.scenario.traffic.cell_minutes
        cells = self._of_cell.draw(key, "cell_gamma", n) if self._of_cell else np.ones(n)
        return cells * self._of_day.draw(key, "day_gamma", 1) if self._of_day else cells

    def _on(self, replication: int, day: int, promoted: bool = True) -> tuple[Popularity, StoreBaskets | None]:
        """What baskets of a day are filled by: popularity, and in stores what stands in its place where SKUs have hours or companions."""
        active = self._promotions.on(day) if self._promotions and promoted else ()
        if self._of_sku_day is not None:
            return self._lifted(active, replication, day)
        return self._lifted(active) if active else (self._usual, self._in_stores)

    def _lift(self, active: Active, replication: int = 0, day: int = 0) -> tuple[Popularity, StoreBaskets | None]:
        factor = np.ones(len(self.assortment))
        if self._promotions and active:
            factor = self._promotions.factors(active, False)
        if self._of_sku_day is not None:
            key = counter_key(self.scenario.seed, replication, f"skus/day/{day}")
            usual = np.where(self.popularity > 0, self.popularity, 1.0)
            factor = lifted_weight(self.popularity, factor) / usual * self._of_sku_day.draw(key, "gamma", len(factor))
        return lifted(self._usual, factor), self._in_stores and self._in_stores.lifted(factor)

    def _baskets(
        self,
        key: int,
        calendar: Calendar,
        instant_s: np.ndarray,
        sizes: Whole,
        usual: Popularity,
        in_stores: StoreBaskets | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Baskets with lines by the distribution of `sizes`: `line_start`, `line_sku`, `line_units`."""
        lines = np.minimum(sizes.draw(key, "basket_lines", len(instant_s)), self._usual.carried)
        if in_stores:
            lines = in_stores.fitting(lines, instant_s)
        spike = calendar.spike_of(instant_s) if self._spiked else None
        special = [] if spike is None else [n for n in self._spiked if np.any(spike == n)]
        for n in special:
            lines = np.where(spike == n, np.minimum(lines, self._spiked[n].carried), lines)
        line_start = np.zeros(len(lines) + 1, dtype=np.int64)
        np.cumsum(lines, out=line_start[1:])
        line_sku = in_stores.fill(line_start, instant_s, key) if in_stores else fill(line_start, usual, key)
        for n in special:
            fill(line_start, self._spiked[n], key, np.flatnonzero(spike == n), line_sku)
        if in_stores:
            ordinary = np.arange(len(lines)) if spike is None else np.flatnonzero(spike < 0)
            in_stores.join(line_start, line_sku, ordinary, key)
        return line_start, line_sku, self._units.draw(key, line_sku)

    def _sheet(
        self,
        key: int,
        store: int,
        day: int,
        arrival_s: np.ndarray,
        line_start: np.ndarray,
        line_sku: np.ndarray,
        line_units: np.ndarray,
    ) -> DaySheet:
        """Arrivals and baskets with the draws of each customer: patience, times at the till, payment, return."""
        n = len(arrival_s)
        channel = self._channels.draw(key, "channel", n).astype(np.int8)
        has_cash = self._is_cash.take(channel)
        has_cash[chosen(key, use("cash"), n, self.scenario.trading.cash_holders)[0]] = True
        return DaySheet(
            store=store,
            day=day,
            arrival_s=arrival_s,
            shopping_s=self._shopping.draw_s(key, "shopping", n),
            patience_s=_NEVER(n) if self._patience is None else self._patience.draw_s(key, "patience", n),
            line_start=line_start,
            line_sku=line_sku,
            line_units=line_units,
            fixed_s=self._fixed.draw_s(key, "fixed", n),
            item_s=self._item.draw_s(key, "item", n),
            attribute_s=self._attribute.draw_s(key, "attribute", n),
            channel=channel,
            pay_s=self._pays(key, n),
            has_cash=has_cash,
            self_checkout_u=uniforms(key, use("self_checkout"), n)
            if self.scenario.stores[store].self_checkouts
            else _ZERO(n),
            return_s=self._returns(key, arrival_s),
            customer=self._members(key, store, n),
            key=key,
            priority=self._priority(key, n),
        )

    def _pays(self, key: int, n: int) -> np.ndarray:
        """Times on each channel, float64[n, C], from one uniform per customer: comonotone over channels."""
        if self._same_pay:
            return self._same_pay(n)
        return np.stack([distribution.draw_s(key, "pay", n) for distribution in self._pay], axis=1)

    def _priority(self, key: int, n: int) -> np.ndarray | None:
        """Which customers are of the priority class, bool[n]; None where the scenario has one class."""
        share = self.scenario.trading.priority_share
        if not share:
            return None
        priority = np.zeros(n, dtype=np.bool_)
        priority[chosen(key, use("priority"), n, share)[0]] = True
        return priority

    def _returns(self, key: int, arrival_s: np.ndarray) -> np.ndarray:
        """When tickets come back, float64[n] s."""
        trading, n = self.scenario.trading, len(arrival_s)
        back, u = chosen(key, use("return"), n, trading.return_share)
        return_s = np.full(n, np.inf)
        return_s[back] = arrival_s[back] + whole(trading.return_after_days, u) * DAY_S
        return return_s

    def _members(self, key: int, store: int, n: int) -> np.ndarray:
        """Member numbers, int64[n], each store with its own."""
        traffic = self.scenario.traffic
        known, u = chosen(key, use("member"), n, traffic.member_share)
        customer = np.full(n, -1)
        customer[known] = (u * traffic.members).astype(np.int64) + store * traffic.members
        return customer

    def _mixture(self, n: int, spike: Spike) -> Popularity:
        """Popularity of SKUs during a spike."""
        numbers = {code: number for number, code in enumerate(self.assortment.code)}
        for code in spike.skus:
            if code not in numbers:
                refuse_played(self.scenario, ("traffic", "spikes", n, "skus"), "the code of a SKU", code)
        return during(spike, self.popularity, [numbers[code] for code in spike.skus])


def _gamma(size: float | None) -> Quantiles | None:
    """A Gamma factor of mean 1."""
    return None if size is None else Quantiles(Gamma(distribution="gamma", mean=1.0, cv=size**-0.5))
