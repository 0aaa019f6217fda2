"""How fast the chain replenishes: one warehouse and ten stores × 2,000 SKUs under base stock, demand drawn beforehand on both sides.

The chain plays it through its own step: SimPy, reviews, orders, picking, lanes, receiving, ledger; only the customers are replaced by the day's
demand as one array. A C program and a plain Python loop do the same stock and nothing else, and end with the same units sold and on hand. A
node-period is one SKU at one location for one day. Times are CPU seconds.

stockpyl and SupplyNetPy need other versions of numpy than the lab: `--peers PYTHON` names the interpreter of an environment that has them, and
one SKU of the same system is simulated there; without it they are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from sim.chain.chain import Chain
from sim.chain.compiled import CompiledEngine
from sim.clock import DAY_S
from sim.scenario.model import Scenario

HERE = Path(__file__).parent
STORES, LEVEL, DEPOT_LEVEL, MEAN = (
    10,
    14,
    300,
    5,
)  # the warehouse is never short, so sharing by rule or in turn is the same
CLOSES_S = 22 * 3600


class Crowd(CompiledEngine):
    """Sells a day's demand at once when the doors close."""

    demand: np.ndarray
    """int32[periods, skus]"""

    def advance(self, now: float) -> None:
        super().advance(now)
        if now >= self.day * DAY_S + CLOSES_S and self.day < len(self.demand):
            shelf, physical, _, sold, unsynced, *_ = self.rows
            got = np.minimum(shelf, self.demand[self.day])
            shelf -= got
            physical -= got
            sold += got
            unsynced += got
            self.day += 1


def scenario(periods: int, skus: int) -> Scenario:
    """Orders leave at closing and are there before the doors open; the warehouse's come two nights later."""
    round_the_clock = {"opens": "00:00", "closes": "23:59:59"}
    codes = [f"S{n}" for n in range(STORES)]
    listed = [{"code": f"K{n}", "price": 1, "unit_cost": 1, "popularity": 1} for n in range(skus)]
    levels = [(code, LEVEL) for code in codes] + [("W", DEPOT_LEVEL)]
    store = {
        "region": "R",
        "warehouse": "W",
        "customers_per_day": 0.0001,
        "tills": 1,
        "opens": "08:00",
        "closes": "22:00",
    }
    return Scenario.model_validate(
        {
            "name": "step",
            "start": "2026-03-02",
            "days": periods,
            "regions": [{"code": "R", "name": "R"}],
            "stores": [{"code": code, **store} for code in codes],
            "warehouses": [{"code": "W", "region": "R", "docks": 99, "pickers": 99, **round_the_clock}],
            "suppliers": [{"code": "P", "lead_time_days": 2.2}],
            "lanes": [{"origin": "W", "destination": code, "lead_time_days": 0.2} for code in codes],
            "skus": listed,
            "opening_stock": [{"location": at, "sku": sku["code"], "units": n} for at, n in levels for sku in listed],
            "online": {"orders_per_day": 0},
            "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
            "transfers": {"warehouses": False},
            "replenishment": {
                "stores": {"policy": "base_stock", "units": LEVEL},
                "warehouses": {"policy": "base_stock", "units": DEPOT_LEVEL, "at": "23:00"},
                "unload_minutes": 0,
                "pick_s_per_line": 0,
                "shelf_days": 10**9,
                "refill_minutes": 420,
            },
            "system": {
                "stock_sync_minutes": 0,
                "service": {"latency_s": 0, "availability": 1, "outages_per_30_days": 0},
            },
        }
    )


def through_the_chain(demand: np.ndarray) -> tuple[float, int, int]:
    """(CPU s, units sold, units left) of int32[periods, stores, skus]."""
    periods, _, skus = demand.shape
    chain = Chain(scenario(periods, skus))
    for store in chain.stores:
        engine = Crowd(store.rules, chain.ledger)
        engine.demand, engine.rows, engine.day = demand[:, store.index], chain.ledger.trade(store.index), 0
        store.engine, store.shelf_capacity = engine, np.full(skus, 10**6, dtype=np.int64)
        chain.ledger.refill(store.index, store.shelf_capacity)
    began = time.process_time()
    chain.play()
    took = time.process_time() - began
    ledger = chain.ledger
    return took, int(ledger.sold.sum()), int((ledger.physical + ledger.in_transit).sum())


def in_c(demand: np.ndarray) -> tuple[float, int, int]:
    with tempfile.TemporaryDirectory() as folder:
        program, data = Path(folder) / "replenishment", Path(folder) / "demand"
        source = str(HERE / "replenishment.c")
        subprocess.run(["cc", "-O3", "-march=native", "-o", str(program), source], check=True)
        demand.astype(np.int32).tofile(data)
        sizes = [str(n) for n in (*demand.shape, LEVEL, DEPOT_LEVEL)]
        said = subprocess.run([str(program), str(data), *sizes], check=True, capture_output=True, text=True).stdout
    took, sold, left = said.split()
    return float(took), int(sold), int(left)


def in_python(demand: np.ndarray) -> tuple[float, int, int]:
    """The same loop, SKU by SKU, in lists."""
    series = demand.transpose(2, 0, 1).tolist()
    began = time.process_time()
    sold = left = 0
    for periods in series:
        on_hand, coming, depot, position, bought = [LEVEL] * STORES, [0] * STORES, DEPOT_LEVEL, DEPOT_LEVEL, [0, 0, 0]
        for t, wanted in enumerate(periods):
            depot += bought[t % 3]
            for s in range(STORES):
                stock = on_hand[s] + coming[s]
                out = wanted[s] if wanted[s] < stock else stock
                sold += out
                stock -= out
                given = LEVEL - stock
                if given > depot:
                    given = depot
                depot -= given
                position -= given
                on_hand[s], coming[s] = stock, given
            bought[t % 3], position = DEPOT_LEVEL - position, DEPOT_LEVEL
        left += sum(on_hand) + sum(coming) + depot
    return time.process_time() - began, sold, left


STOCKPYL = """
import time
from stockpyl.supply_chain_network import owmr_system
from stockpyl.sim import simulation
network = owmr_system(num_retailers=10, node_order_in_system=list(range(11)), demand_type='P', mean=5, policy_type='BS',
    base_stock_level=[300] + [14] * 10, shipment_lead_time=[3] + [1] * 10, local_holding_cost=1, stockout_cost=10)
began = time.process_time()
simulation(network, 1000, rand_seed=1, progress_bar=False)
print(11 * 1000 / (time.process_time() - began))
"""
SUPPLYNETPY = """
import time
import numpy as np
import SupplyNetPy.Components as scm
draw = np.random.default_rng(1)
nodes = [dict(ID='P', name='P', node_type='infinite_supplier'),
    dict(ID='W', name='W', node_type='warehouse', capacity=10**6, initial_level=300, inventory_holding_cost=1,
         replenishment_policy=scm.SSReplenishment,
         
         policy_param={'s': 299, 'S': 300}, product_sell_price=1, product_buy_price=1)]
links = [dict(ID='LW', source='P', sink='W', cost=1, lead_time=lambda: 3)]
demands = []
for n in range(10):
    nodes.append(dict(ID=f'S{n}', name=f'S{n}', node_type='retailer', capacity=10**6, initial_level=14, inventory_holding_cost=1,
        replenishment_policy=scm.SSReplenishment, policy_param={'s': 13, 'S': 14}, product_sell_price=2, product_buy_price=1))
    links.append(dict(ID=f'L{n}', source='W', sink=f'S{n}', cost=1, lead_time=lambda: 1))
    demands.append(dict(ID=f'D{n}', name=f'D{n}', order_arrival_model=lambda: 1, order_quantity_model=lambda: int(draw.poisson(5)) or 1,
        demand_node=f'S{n}'))
network = scm.create_sc_net(nodes=nodes, links=links, demands=demands)
began = time.process_time()
scm.simulate_sc_net(network, sim_time=1000, logging=False)
print(11 * 1000 / (time.process_time() - began))
"""


def peers(python: str) -> dict[str, dict]:
    found = {}
    for name, program in (("stockpyl", STOCKPYL), ("SupplyNetPy", SUPPLYNETPY)):
        ran = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
        if ran.returncode:
            print(f"{name}: {ran.stderr.strip().splitlines()[-1]}")
        else:
            rate = float(ran.stdout.split()[-1])
            found[f"{name}, one SKU"] = {"value": rate, "unit": "node-periods/CPU-s"}
    return found


def measure(periods: int, skus: int, rounds: int) -> dict[str, dict]:
    """Rates of all three, in turn; raises unless they sell and keep the same."""
    demand = np.random.default_rng(1).poisson(MEAN, (periods, STORES, skus)).astype(np.int32)
    ways = {"the chain's step": through_the_chain, "C": in_c, "plain Python": in_python}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        answers = {}
        for name, way in ways.items():
            seconds, *answers[name] = way(demand)
            took[name].append(seconds)
        if len({tuple(answer) for answer in answers.values()}) != 1:
            raise AssertionError(f"units sold and left differ: {answers}")
    nodes = periods * (STORES + 1) * skus
    rate = {name: nodes / float(np.median(seconds)) for name, seconds in took.items()}
    step = rate["the chain's step"]
    goals = {"C": ">= 0.3", "plain Python": ">= 1"}
    return {
        f"the chain's step against {name}": {
            "value": step,
            "unit": "node-periods/CPU-s",
            "baseline": name,
            "baseline_value": rate[name],
            "ratio": step / rate[name],
            "goal": goal,
        }
        for name, goal in goals.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter that has stockpyl or SupplyNetPy")
    said = parser.parse_args()
    figures = measure(10, 100, 1) if said.quick else measure(60, 2000, 5)
    if said.peers:
        figures |= peers(said.peers)
    for name, row in figures.items():
        against = (
            f", {row['baseline_value']:,.0f} there: ratio {row['ratio']:.4g}, goal {row['goal']}"
            if "ratio" in row
            else ""
        )
        print(f"{name}: {row['value']:,.0f} {row['unit']}{against}")
    if said.json:
        said.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
