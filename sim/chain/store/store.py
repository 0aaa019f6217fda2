"""A store: its day goes from one regime change to the next, an engine plays the customers in between.

Changes of regime and refills affect no other part of the chain, so they are no SimPy events: they are simulated, in their order, when the
store's stock is read or changed. A day in which it is not is drawn, simulated and counted at once, while its data are in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog
from sim.chain.setting import Setting
from sim.chain.store import receipts, returns
from sim.chain.store.compiled_engine import CompiledEngine
from sim.chain.store.engine import Engine, Refills, Rules
from sim.chain.store.filling import StaffedFilling, rounds_s
from sim.chain.store.receipts import Receipts
from sim.chain.store.regimes import Regimes
from sim.chain.store.service import Service
from sim.chain.store.simpy_engine import SimpyEngine
from sim.clock import CELL_S, DAY_S
from sim.records.refusal import Refusal
from sim.scenario import user_code
from sim.scenario.model import Scenario
from sim.stock.ledger import StockLedger
from sim.traffic.calendar import seconds_of_day
from sim.traffic.day_sheet import DaySheet

ENGINES: dict[str, Callable[..., Engine]] = {"compiled": CompiledEngine, "simpy": SimpyEngine}
_METHODS = [name for name in vars(Engine) if not name.startswith("_")]


def engine_of(scenario: Scenario) -> Callable[..., Engine]:
    """The engine that a scenario names. Raises `Refusal` where its file may not be executed, or has no such class."""
    rule = scenario.engine
    if isinstance(rule, str):
        return ENGINES[rule]
    made = getattr(user_code.executed(rule), rule.class_, None)
    if not isinstance(made, type) or not all(callable(getattr(made, name, None)) for name in _METHODS):
        raise Refusal(rule.file, rule.class_, f"a class with the methods of an engine: {', '.join(_METHODS)}", made)
    return made


@contextmanager
def own_failures_refused(scenario: Scenario) -> Iterator[None]:
    """Turn what an engine of the user's own raises into a `Refusal` that names its file and line."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        if isinstance(scenario.engine, str):
            raise
        raise user_code.failure(scenario.engine.file, error) from None


class Store:
    """One store of a chain. The ledger advances it before another part reads or changes its stock."""

    def __init__(
        self,
        setting: Setting,
        index: int,
        service: Service,
        ledger: StockLedger,
        tally: Tally,
        trace: TraceLog,
        engine: Callable[..., Engine],
    ):
        self.setting, self.index = setting, index
        self.service, self.ledger, self.tally, self.trace = service, ledger, tally, trace
        scenario = setting.scenario
        self.place = scenario.stores[index]
        self.rules = Rules.of(scenario, setting.assortment, index, service.stages.all_of(index))
        self.regimes = Regimes(scenario, service, index)
        self.engine = engine(self.rules, ledger)
        self.shelf_capacity = setting.shelf_capacity[index]
        """int64[n_skus], units that a refill fills the shelf up to."""
        self.opens_s, self.closes_s = seconds_of_day(self.place.opens), seconds_of_day(self.place.closes)
        self._refill_s = rounds_s(scenario, self.opens_s, self.closes_s)
        self._filling = StaffedFilling(setting, index) if scenario.replenishment.filling else None
        self.online = True
        self._booked_s = 0.0
        """Sales up to this instant are booked."""
        self.sheet: DaySheet | None = None

    def open_day(self, day: int, sheet: DaySheet | None = None) -> None:
        """Begin a day at its midnight, with its own sheet where none is given; the service has the chain's load of that day."""
        self.day, self._given, self.sheet = day, sheet, None
        self.software, self._sync_s = self.service.of(self.index, day), self.service.sync_s(self.index, day)

    def _draw(self) -> DaySheet:
        setting, day = self.setting, self.day
        sheet = setting.traffic.day(setting.replication, self.index, day) if self._given is None else self._given
        self.sheet = sheet
        self.changes = self.regimes.of(day)
        self._next_changes = self.changes[:0:-1]
        first = self.changes[0][1]
        filling = self._filling.of(day) if self._filling else None
        if filling and not day:
            self.ledger.refill(self.index, self.shelf_capacity)
        self.refills = Refills(day * DAY_S + self._refill_s, self.shelf_capacity, filling)
        self.engine.open_day(sheet, self.software.answers(sheet), first, self.refills)
        self._reach(first.online, day * DAY_S)
        return sheet

    def advance(self, now: float) -> None:
        """Play the store up to `now`, its customers up to before it, and book sales up to the last sync."""
        if self.sheet is None:
            self._draw()
        while self._next_changes and self._next_changes[-1][0] <= now:
            t, regime = self._next_changes.pop()
            self._play(t)
            self.engine.change(regime)
            self._reach(regime.online, t)
        self._play(now)
        self.engine.restock()

    def _play(self, now: float) -> None:
        """Play the customers. The book is not read in between, so only the last sync is carried out, and the engine advances in long steps."""
        sync_s = self._last_sync(now)
        if self.online and sync_s > self._booked_s:
            self.engine.advance(sync_s)
            self.ledger.sync(self.index)
            self._booked_s = sync_s
        self.engine.advance(now)

    def _last_sync(self, now: float) -> float:
        sync_s = self._sync_s
        return now // sync_s * sync_s if sync_s else now

    def close_day(self) -> Receipts:
        """End the day at its midnight: count it, note its tickets' journeys, and schedule its returns."""
        setting, tally, service = self.setting, self.tally, self.service
        scenario, price = setting.scenario, setting.prices.price(self.day)
        sheet = self._draw() if self.sheet is None else self.sheet
        self.advance((self.day + 1) * DAY_S)
        result = self.engine.close_day()
        receipts.count(tally, scenario, price, sheet, result, self.changes)
        for t, units in zip(self.refills.at_s, result.handed_over, strict=False):
            tally.add("sold_units", self.index, t, units.sum())
            tally.add("sales_value", self.index, t, (units * price).sum())
        if self.software.feels_load:
            extrapolated = int(self.software.extrapolated[self._open_cells()].sum())
            tally.add("extrapolated_cells", self.index, sheet.day * DAY_S, extrapolated)
        paid = receipts.receipts(sheet, result, service, self.trace)
        if len(paid.customer):
            hours = self.opens_s, self.closes_s
            returns.schedule_returns(self.engine, tally, self.trace, paid, hours, scenario.days * DAY_S)
        return paid

    def _reach(self, online: bool, now: float) -> None:
        """The store loses the system, or reaches it again: then all sales are booked at once."""
        if online and not self.online:
            self.ledger.sync(self.index)
            self._booked_s = now
        self.online = online

    def _open_cells(self) -> slice:
        return slice(int(self.opens_s // CELL_S), int(-(-self.closes_s // CELL_S)))
