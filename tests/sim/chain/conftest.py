"""Days made by hand: sheets customer by customer, a store's regimes, and a ledger that is checked at every event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from sim.chain.store.compiled_engine import CompiledEngine
from sim.chain.store.engine import Engine, Regime, Rules
from sim.chain.store.simpy_engine import SimpyEngine
from sim.chain.store.software import Answers
from sim.clock import DAY_S, on_tick
from sim.scenario.model import Scenario
from sim.stock.ledger import StockLedger
from sim.traffic.day_sheet import DaySheet


@dataclass
class Visit:
    """One customer, with nothing to it but what a test gives."""

    arrives: float
    service: float = 1.0
    shops: float = 0.0
    patience: float = np.inf
    wants: tuple[tuple[int, int], ...] = ((0, 1),)
    per_unit: float = 0.0
    per_sku: float = 0.0
    channel: int = 0
    pays: tuple[float, ...] = (0.0, 0.0, 0.0)
    has_cash: bool = False
    self_checkout_u: float = 0.75
    member: int = -1
    returns: float = np.inf
    priority: bool = False
    redo: float = 0.0
    """Of each line, at a till."""


def sheet_of(visits: list[Visit], day: int = 0, key: int = 7) -> DaySheet:
    visits = sorted(visits, key=lambda v: v.arrives)

    def column(name: str) -> np.ndarray:
        return on_tick(np.array([getattr(v, name) for v in visits], dtype=np.float64))

    lines = [line for v in visits for line in v.wants]
    return DaySheet(
        store=0,
        day=day,
        arrival_s=column("arrives"),
        shopping_s=column("shops"),
        patience_s=np.array([v.patience if v.patience == np.inf else float(on_tick(v.patience)) for v in visits]),
        line_start=np.concatenate([[0], np.cumsum([len(v.wants) for v in visits])]).astype(np.int64),
        line_sku=np.array([sku for sku, _ in lines], dtype=np.int32),
        line_units=np.array([units for _, units in lines], dtype=np.int32),
        fixed_s=column("service"),
        item_s=column("per_unit"),
        attribute_s=column("per_sku"),
        channel=np.array([v.channel for v in visits], dtype=np.int8),
        pay_s=on_tick(np.array([v.pays for v in visits], dtype=np.float64).reshape(len(visits), 3)),
        has_cash=np.array([v.has_cash for v in visits], dtype=bool),
        self_checkout_u=np.array([v.self_checkout_u for v in visits], dtype=np.float64),
        return_s=np.array([v.returns for v in visits], dtype=np.float64),
        customer=np.array([v.member for v in visits], dtype=np.int64),
        key=key,
        priority=np.array([v.priority for v in visits], dtype=bool) if any(v.priority for v in visits) else None,
        line_redo_s=np.array([v.redo for v in visits for _ in v.wants], dtype=np.float64)
        if any(v.redo for v in visits)
        else None,
    )


RULES = Rules(
    store=0,
    tills=1,
    self_checkouts=0,
    line_per_till=False,
    line_limit=-1,
    self_checkout_lines=0,
    unmet="lost",
    substitution_share=1.0,
    next_in_group=np.arange(4, dtype=np.int32),
    attribute_entry=False,
    backups=(),
    cash=2,
)


class CheckedLedger(StockLedger):
    """Holds the balance after every verb of a customer."""

    def take(self, *args):
        got = super().take(*args)
        self.check()
        return got

    def put_back(self, *args):
        super().put_back(*args)
        self.check()

    def sell(self, *args):
        super().sell(*args)
        self.check()


@dataclass
class Day:
    """A store's day by hand: `play` gives the `DayResult`, and leaves the ledger behind."""

    engine_class: type[Engine]
    rules: Rules
    stock: tuple[int, ...]
    answers: Answers | None
    ledger_class: type[StockLedger]
    shelved: tuple[int, ...] | None = None
    """Units on the shelf in the morning; all, where nothing is said."""

    def __post_init__(self):
        stock = np.array([self.stock])
        self.ledger = self.ledger_class(1, len(self.stock), stock)
        self.ledger.refill(0, stock[0] if self.shelved is None else np.array(self.shelved))
        positions = self.rules.tills + self.rules.self_checkouts
        self.open = Regime(
            doors=True,
            working=True,
            online=True,
            channels=(True, True, True),
            factors=(1.0,) * positions,
            broken=(False,) * positions,
        )

    def play(self, visits, changes=(), until=DAY_S, cuts=(), refills=None, coming=()):
        """`visits`: `Visit`s or a sheet; `changes`: (instant, what differs from the open regime), lasting until the next; `coming`: (instant,
        SKU, units) that customers bring back."""
        sheet = visits if isinstance(visits, DaySheet) else sheet_of(visits)
        engine = self.engine_class(self.rules, self.ledger)
        regimes = [(instant, replace(self.open, **differs)) for instant, differs in changes]
        first = regimes.pop(0)[1] if regimes and regimes[0][0] == 0 else self.open
        engine.open_day(sheet, self.answers or Answers.silent(len(sheet)), first, refills)
        due_s, sku, units = zip(*coming, strict=True) if coming else ((), (), ())
        engine.expect(np.array(due_s, dtype=np.float64), np.array(sku, dtype=np.int32), np.array(units, dtype=np.int64))
        for instant, regime in sorted([*regimes, *((cut, None) for cut in cuts)], key=lambda stop: stop[0]):
            engine.advance(instant)
            if regime is not None:
                engine.change(regime)
            else:
                engine.restock()
        engine.advance(until)
        engine.restock()
        result = engine.close_day()
        self.ledger.check()
        return result


@pytest.fixture(scope="session")
def visit():
    return Visit


@pytest.fixture(scope="session")
def sheet():
    return sheet_of


@pytest.fixture(scope="session")
def day_of():
    """Makes a `Day` of an engine from what its rules differ in from one till, one line, everything on the shelf."""

    def make(engine, *, stock=(10**6,) * 4, answers=None, checked=True, shelved=None, **rules) -> Day:
        return Day(engine, replace(RULES, **rules), stock, answers, CheckedLedger if checked else StockLedger, shelved)

    return make


@pytest.fixture(scope="session", params=[SimpyEngine, CompiledEngine], ids=["simpy", "compiled"])
def day(request, day_of):
    """`day_of` each engine in turn."""
    return partial(day_of, request.param)


@pytest.fixture(scope="session")
def scenario():
    """Makes a scenario of two stores, open from 9 to 22 and from 8 to 20, from what it differs in."""

    def make(*, store: dict | None = None, **sections) -> Scenario:
        common = {"region": "R", "warehouse": "W", "customers_per_day": 200, "tills": 2}
        return Scenario.model_validate(
            {
                "name": "by-hand",
                "start": "2025-01-06",
                "days": 2,
                "regions": [{"code": "R", "name": "Region"}],
                "stores": [
                    {"code": "S1", **common, **(store or {})},
                    {"code": "S2", "opens": "08:00", "closes": "20:00", **common},
                ],
                "warehouses": [{"code": "W", "region": "R"}],
                "suppliers": [{"code": "P", "lead_time_days": 2}],
                "skus": {"count": 4, "group_size": 2},
                **sections,
            }
        )

    return make
