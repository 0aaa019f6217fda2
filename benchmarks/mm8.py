"""M/M/8 at load 0.9: the trading kernel beside a C event calendar, SimPy's Resource and Ciw.

The kernel plays ordinary sheets of customers who buy one unit each. C and SimPy get the same customers, and every wait must be equal; Ciw
draws customers of its own.
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import ciw
import numpy as np
import simpy
from _figures import write

from sim.chain.store.compiled_engine import CompiledEngine
from sim.chain.store.engine import Regime, Rules
from sim.chain.store.software import Answers
from sim.clock import DAY_S, on_tick
from sim.stock.ledger import StockLedger
from sim.traffic.day_sheet import DaySheet

TILLS, LOAD = 8, 0.9
ERLANG_C_WAIT = 0.876916
"""Mean wait over mean service time."""


def sheet(n: int, seed: int) -> DaySheet:
    """A day of Poisson arrivals and exponential service, filled to 23 hours."""
    draw = np.random.default_rng(seed)
    gap_s = 23 * 3600 / n
    none = np.zeros(n)
    return DaySheet(
        store=0,
        day=0,
        arrival_s=on_tick(np.cumsum(draw.exponential(gap_s, n))),
        shopping_s=none,
        patience_s=np.full(n, np.inf),
        line_start=np.arange(n + 1),
        line_sku=np.zeros(n, dtype=np.int32),
        line_units=np.ones(n, dtype=np.int32),
        fixed_s=on_tick(draw.exponential(TILLS * LOAD * gap_s, n)),
        item_s=none,
        attribute_s=none,
        channel=np.zeros(n, dtype=np.int8),
        pay_s=np.zeros((n, 1)),
        has_cash=np.zeros(n, dtype=bool),
        self_checkout_u=none,
        return_s=np.full(n, np.inf),
        customer=np.full(n, -1),
        key=0,
    )


class Kernel:
    """The compiled engine as a store uses it: one engine, a sheet a day."""

    def __init__(self, n: int):
        ledger = StockLedger(1, 1, np.array([[10**9]]))
        ledger.refill(0, np.array([10**9]))
        rules = Rules(0, TILLS, 0, False, -1, 0, "lost", 0.0, np.zeros(1, dtype=np.int32), False, (), -1)
        self.engine = CompiledEngine(rules, ledger)
        self.regime = Regime(True, True, True, (True,), (1.0,) * TILLS, (False,) * TILLS)

    def __call__(self, day: DaySheet) -> np.ndarray:
        self.engine.open_day(day, Answers.silent(len(day)), self.regime)
        self.engine.advance(2 * DAY_S)
        result = self.engine.close_day()
        return result.started_s - result.joined_s


class Calendar:
    """benchmarks/mm8.c, compiled for this machine into a folder that is removed at once."""

    def __init__(self, n: int):
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "mm8.so"
            source = Path(__file__).with_name("mm8.c")
            command = ["cc", "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(library)]
            subprocess.run(command, check=True)
            self.library = ctypes.CDLL(str(library))

    def __call__(self, day: DaySheet) -> np.ndarray:
        wait_s = np.empty(len(day))
        arrays = (ctypes.c_void_p(a.ctypes.data) for a in (day.arrival_s, day.fixed_s, wait_s))
        if self.library.play(ctypes.c_int64(len(day)), TILLS, *arrays):
            raise MemoryError
        return wait_s


class Resource:
    """SimPy's own way."""

    def __init__(self, n: int): ...

    def __call__(self, day: DaySheet) -> np.ndarray:
        env = simpy.Environment()
        tills = simpy.Resource(env, TILLS)
        wait_s = np.empty(len(day))

        def customer(i: int, service_s: float):
            came_s = env.now
            with tills.request() as request:
                yield request
                wait_s[i] = env.now - came_s
                yield env.timeout(service_s)

        def arrivals():
            for i, (instant, service_s) in enumerate(zip(day.arrival_s.tolist(), day.fixed_s.tolist(), strict=True)):
                yield env.timeout(instant - env.now)
                env.process(customer(i, service_s))

        env.process(arrivals())
        env.run()
        return wait_s


class Ciw:
    """Ciw with as many customers of its own."""

    def __init__(self, n: int):
        self.gap_s = 23 * 3600 / n
        self.network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(rate=1 / self.gap_s)],
            service_distributions=[ciw.dists.Exponential(rate=1 / (TILLS * LOAD * self.gap_s))],
            number_of_servers=[TILLS],
        )

    def __call__(self, day: DaySheet) -> np.ndarray:
        ciw.seed(1)
        simulation = ciw.Simulation(self.network)
        simulation.simulate_until_max_customers(len(day), method="Finish")
        return np.array([record.waiting_time for record in simulation.get_all_records()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    n, days = (1_000, 2) if asked.quick else (20_000, 15)
    programs = {
        "trading kernel": Kernel(n),
        "C event calendar": Calendar(n),
        "SimPy Resource": Resource(n),
        "Ciw": Ciw(n),
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    waits: dict[str, list[float]] = {name: [] for name in programs}
    for seed in range(days):
        day = sheet(n, seed)
        played = {}
        for name, program in programs.items():
            if name == "Ciw" and seed >= 3:
                continue  # it takes a minute otherwise
            began = time.thread_time()
            played[name] = program(day)
            seconds[name].append(time.thread_time() - began)
            waits[name].append(played[name].mean() / (TILLS * LOAD * 23 * 3600 / n))
        np.testing.assert_array_equal(played["trading kernel"], played["C event calendar"])
        np.testing.assert_array_equal(played["trading kernel"], played["SimPy Resource"])

    kernel = seconds["trading kernel"]
    figures = {}
    for name, took in seconds.items():
        figures[f"M/M/8, {name}"] = {"value": n / statistics.median(took), "unit": "customers/CPU-s"}
    figures["M/M/8, trading kernel"] |= {
        "baseline": "C event calendar, -O3 -march=native, the same customers",
        "baseline_value": figures["M/M/8, C event calendar"]["value"],
        "ratio": statistics.median(c / k for c, k in zip(seconds["C event calendar"], kernel, strict=True)),
        "goal": ">= 0.6",
    }
    for name, figure in figures.items():
        wait = statistics.mean(waits[name.removeprefix("M/M/8, ")])
        print(
            f"{name:26s} {figure['value']:12,.0f} {figure['unit']}, mean wait {wait:.3f} services (theory {ERLANG_C_WAIT:.3f})"
        )
    print(f"trading kernel / C event calendar: {figures['M/M/8, trading kernel']['ratio']:.2f}")
    write(figures, asked.json)


if __name__ == "__main__":
    main()
