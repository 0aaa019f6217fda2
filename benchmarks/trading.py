"""How many customers a second the SimPy engine plays, beside the textbook SimPy model of the same tills without goods.

One store, eight tills at load 0.9, customers who lose patience. The lab's customers also shop, carry eight-line baskets off a shelf of 2,000
SKUs, and pay; the peer's (SimPy's `Resource`, requests that renege) only queue.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import numpy as np
import simpy

from sim.chain.engine import Regime, Rules
from sim.chain.system import Answers
from sim.chain.visits import SimpyEngine
from sim.clock import DAY_S, on_tick
from sim.stock.ledger import StockLedger
from sim.traffic.day import DaySheet

TILLS, LOAD, SKUS, LINES = 8, 0.9, 2_000, 8


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
        service_u=draw.random(n),
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
    engine.open_day(day, Answers(0.0, 0.0, ()), Regime(True, True, True, (True,), (1.0,) * TILLS, (False,) * TILLS))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    customers, rounds = (2_000, 1) if asked.quick else (40_000, 5)
    cases = {
        "eight-line baskets": (lab, sheet(customers, LINES)),
        "one-line baskets": (lab, sheet(customers, 1)),
        "textbook, no goods": (textbook, sheet(customers, 1)),
    }
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (play, day) in cases.items():
            began = time.process_time()
            play(day)
            rates[name].append(customers / (time.process_time() - began))
    median = {name: statistics.median(rate) for name, rate in rates.items()}
    for name, rate in median.items():
        print(f"{name:22s} {rate:10,.0f} customers per CPU second")
    peer = {"baseline": "SimPy Resource, M/M/8 with reneging", "baseline_value": median["textbook, no goods"]}
    full, queue = median["eight-line baskets"], median["one-line baskets"]
    figures = {
        "simpy engine": {"value": full, "unit": "customers/CPU-s", "goal": ">= 20000"},
        "simpy engine, eight-line baskets": {
            "value": full,
            "unit": "customers/CPU-s",
            **peer,
            "ratio": 0.0,
            "goal": ">= 0.5",
        },
        "simpy engine, one-line baskets": {
            "value": queue,
            "unit": "customers/CPU-s",
            **peer,
            "ratio": 0.0,
            "goal": ">= 0.8",
        },
    }
    for figure in figures.values():
        if "baseline_value" in figure:
            figure["ratio"] = figure["value"] / figure["baseline_value"]
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
