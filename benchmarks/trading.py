"""How many customers a second the two engines play: the same week, and the SimPy engine beside the textbook SimPy model of its tills.

The week is one of a store of chain-year.yaml: eight-line baskets off a shelf of 2,000 SKUs, six tills, patience, the system's answers;
from its sheets to what became of everybody. Beside the textbook: eight tills at load 0.9; the lab's customers also shop, fill their baskets and
pay, the peer's (SimPy's `Resource`, requests that renege) only queue.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import simpy
from _figures import write

from sim.chain.store.compiled_engine import CompiledEngine
from sim.chain.store.engine import Regime, Rules
from sim.chain.store.regimes import Regimes
from sim.chain.store.service import Service
from sim.chain.store.simpy_engine import SimpyEngine
from sim.chain.store.software import Answers
from sim.clock import DAY_S, on_tick
from sim.scenario.loader import load
from sim.stock.ledger import StockLedger
from sim.traffic.day_sheet import DaySheet, Traffic

TILLS, LOAD, SKUS, LINES = 8, 0.9, 2_000, 8


class Week:
    """Seven days of one store, ready to be played by any engine; the shelf is full in the morning."""

    def __init__(self, days: int):
        scenario = load(Path(__file__).with_name("chain-year.yaml"), [f"days={days}", "warmup_days=0"])
        traffic, service = Traffic(scenario), Service(scenario, 0)
        self.rules = Rules.of(scenario, traffic.assortment, 0, service.stages.all_of(0))
        self.skus = len(traffic.assortment)
        regimes = Regimes(scenario, service, 0)
        self.days = []
        for day in range(days):
            sheet = traffic.day(0, 0, day)
            service.load_day([sheet])
            self.days.append((sheet, service.of(0, day).answers(sheet), regimes.of(day)))
        self.customers = sum(len(sheet) for sheet, _, _ in self.days)

    def play(self, engine_class) -> list[dict[str, np.ndarray]]:
        """The columns of each day's result."""
        shelf = np.full(self.skus, 200)
        ledger = StockLedger(1, self.skus, 10_000 * shelf[None])
        engine = engine_class(self.rules, ledger)
        results = []
        for sheet, answers, changes in self.days:
            ledger.refill(0, shelf)
            engine.open_day(sheet, answers, changes[0][1])
            for instant, regime in changes[1:]:
                engine.advance(instant)
                engine.change(regime)
            engine.advance((sheet.day + 1) * DAY_S)
            results.append({name: column.copy() for name, column in engine.close_day().columns().items()})
        return results


def same_week(days: int, rounds: int) -> dict[str, dict]:
    """Both engines, in turn; raises unless they agree on everything."""
    week = Week(days)
    took: dict[type, list[float]] = {SimpyEngine: [], CompiledEngine: []}
    for _ in range(rounds):
        results = {}
        for engine, seconds in took.items():
            began = time.thread_time()
            results[engine] = week.play(engine)
            seconds.append(time.thread_time() - began)
        for one, other in zip(*results.values(), strict=True):
            for name, column in one.items():
                np.testing.assert_array_equal(column, other[name], err_msg=name)
    slow, fast = took.values()
    rate = week.customers / statistics.median(slow)
    return {
        "simpy engine, a week": {"value": rate, "unit": "customers/CPU-s", "goal": ">= 20000"},
        "compiled engine, the same week": {
            "value": week.customers / statistics.median(fast),
            "unit": "customers/CPU-s",
            "baseline": "simpy engine",
            "baseline_value": rate,
            "ratio": statistics.median(s / f for s, f in zip(slow, fast, strict=True)),
            "goal": ">= 40",
        },
    }


def sheet(customers: int, lines: int) -> DaySheet:
    """Poisson arrivals over 21 hours, exponential service, patience of 15 minutes on average."""
    draw = np.random.default_rng(1)
    span_s = 21 * 3600
    service_s = TILLS * LOAD * span_s / customers
    n = customers
    baskets = np.sort(draw.integers(0, SKUS - LINES, (n, lines)), axis=1) + np.arange(lines)
    return DaySheet(
        store=0,
        day=0,
        arrival_s=on_tick(np.sort(draw.random(n)) * span_s),
        shopping_s=on_tick(draw.gamma(4.0, 225.0, n)),
        patience_s=on_tick(draw.exponential(900.0, n)),
        line_start=np.arange(n + 1) * lines,
        line_sku=baskets.reshape(-1).astype(np.int32),
        line_units=np.ones(n * lines, dtype=np.int32),
        fixed_s=on_tick(draw.exponential(service_s, n)),
        item_s=np.zeros(n),
        attribute_s=np.zeros(n),
        channel=np.zeros(n, dtype=np.int8),
        pay_s=np.zeros((n, 1)),
        has_cash=np.zeros(n, dtype=bool),
        self_checkout_u=draw.random(n),
        return_s=np.full(n, np.inf),
        customer=np.full(n, -1),
        key=1,
    )


def lab(day: DaySheet) -> int:
    """Play a day; returns how many customers gave up."""
    alone = np.arange(SKUS, dtype=np.int32)
    rules = Rules(0, TILLS, 0, False, -1, 0, "lost", 0.0, alone, False, (), -1)
    plenty = np.full((1, SKUS), 10**6)
    ledger = StockLedger(1, SKUS, plenty)
    ledger.refill(0, plenty[0])
    engine = SimpyEngine(rules, ledger)
    engine.open_day(day, Answers.silent(len(day)), Regime(True, True, True, (True,), (1.0,) * TILLS, (False,) * TILLS))
    engine.advance(DAY_S)
    return int((engine.close_day().fate == 1).sum())


def textbook(day: DaySheet) -> int:
    """SimPy's own way to model the tills: a `Resource`, and requests that renege."""
    env = simpy.Environment()
    tills = simpy.Resource(env, TILLS)
    lost = 0

    def customer(patience_s: float, service_s: float):
        nonlocal lost
        with tills.request() as request:
            outcome = yield request | env.timeout(patience_s)
            if request in outcome:
                yield env.timeout(service_s)
            else:
                lost += 1

    def arrivals():
        instants = (day.arrival_s + day.shopping_s).tolist()
        for instant, patience_s, service_s in sorted(zip(instants, day.patience_s, day.fixed_s, strict=True)):
            yield env.timeout(instant - env.now)
            env.process(customer(patience_s, service_s))

    env.process(arrivals())
    env.run(until=DAY_S)
    return lost


def beside_the_textbook(customers: int, rounds: int) -> dict[str, dict]:
    cases = {
        "eight-line baskets": (lab, sheet(customers, LINES), ">= 0.5"),
        "one-line baskets": (lab, sheet(customers, 1), ">= 0.8"),
        "textbook, no goods": (textbook, sheet(customers, 1), None),
    }
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (play, day, _) in cases.items():
            began = time.thread_time()
            play(day)
            rates[name].append(customers / (time.thread_time() - began))
    peers = rates.pop("textbook, no goods")
    return {
        f"simpy engine, {name}": {
            "value": statistics.median(rate),
            "unit": "customers/CPU-s",
            "baseline": "SimPy Resource, M/M/8 with reneging",
            "baseline_value": statistics.median(peers),
            "ratio": statistics.median(ours / peer for ours, peer in zip(rate, peers, strict=True)),
            "goal": cases[name][2],
        }
        for name, rate in rates.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    figures = same_week(1, 1) if asked.quick else same_week(7, 7)
    figures |= beside_the_textbook(2_000, 1) if asked.quick else beside_the_textbook(40_000, 5)
    for name, figure in figures.items():
        beside = f"{figure['ratio']:8.2f} x {figure['baseline']}" if "ratio" in figure else ""
        print(f"{name:34s} {figure['value']:12,.0f} {figure['unit']} {beside}")
    write(figures, asked.json)


if __name__ == "__main__":
    main()
