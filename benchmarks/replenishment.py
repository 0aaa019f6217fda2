"""How fast the chain replenishes: one warehouse and ten stores × 2,000 SKUs under base stock, demand drawn beforehand on both sides.

The chain is an ordinary one, and moves its stock by its own step: reviews, orders in packs, sharing, picking, lanes, receiving, ledger, counters, all
on SimPy's clock. Its tills stay shut: a day's demand leaves the ledger at closing, as one array. Beside it a C program that keeps the same
books for this one system, and a plain Python loop that keeps no more than it needs; all three end with the same units sold, on hand, in transit
and on order at every location, also where the warehouse is short. A node-period is one SKU at one location for one day. Times are CPU seconds.

stockpyl and SupplyNetPy need other versions of numpy than the lab: `--peers PYTHON` names the interpreter of an environment that has them, and
one SKU of the same system is simulated there; without it they are left out.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from _figures import write

from sim.chain.chain import Chain
from sim.clock import DAY_S
from sim.scenario.model import Scenario

HERE = Path(__file__).parent
STORES, LEVEL, MEAN = 10, 14, 5
ENOUGH, SHORT = 300, 120
"""Levels of the warehouse."""
CLOSES_S = 22 * 3600


class Shut:
    """A store without tills."""

    def advance(self, now: float) -> None:
        pass


def scenario(periods: int, skus: int, depot_level: int) -> Scenario:
    """Orders leave at closing and are there before the doors open; the warehouse's come two nights later."""
    round_the_clock = {"opens": "00:00", "closes": "23:59:59"}
    codes = [f"S{n}" for n in range(STORES)]
    listed = [{"code": f"K{n}", "price": 1, "unit_cost": 1, "popularity": 1, "pack": 1 + n % 4} for n in range(skus)]
    levels = [(code, LEVEL) for code in codes] + [("W", depot_level)]
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
                "warehouses": {"policy": "base_stock", "units": depot_level, "at": "23:00"},
                "unload_minutes": 0,
                "pick_s_per_line": 0,
                "rationing": "cover",
            },
            "system": {
                "stock_sync_minutes": 0,
                "service": {"latency_s": 0, "availability": 1, "outages_per_30_days": 0},
            },
        }
    )


def through_the_chain(demand: np.ndarray, depot_level: int) -> tuple[float, list[list[int]]]:
    """(CPU s, what `in_c` prints of each location) of int32[periods, stores, skus]."""
    periods, _, skus = demand.shape
    chain = Chain(scenario(periods, skus, depot_level))
    chain.stores[:] = [Shut()] * STORES
    chain.catch_up.is_open = True
    ledger, tally, stores, wanted = chain.ledger, chain.tally, np.arange(STORES), demand.astype(np.int64)
    physical, book, sold = (rows[:STORES] for rows in (ledger.physical, ledger.book, ledger.sold))
    began = time.process_time()
    for day in range(periods):
        closes_s = day * DAY_S + CLOSES_S
        chain.env.run(until=closes_s)
        got = np.minimum(physical, wanted[day])
        physical -= got
        book -= got
        sold += got
        tally.add("demanded_units", stores, closes_s, wanted[day].sum(axis=1))
        tally.add("sold_units", stores, closes_s, got.sum(axis=1))
        chain.env.run(until=(day + 1) * DAY_S)
        chain.count_stock(day)
        tally.turn(day)
    took = time.process_time() - began
    ledger.check()
    by_day = tally.by_day()
    rows = [
        ledger.sold,
        ledger.physical,
        ledger.in_transit,
        ledger.on_order,
        by_day["ordered_lines"],
        by_day["stockout_sku_days"],
    ]
    return took, np.stack([row.sum(axis=1) for row in rows], axis=1).astype(int).tolist()


def in_c(demand: np.ndarray, depot_level: int) -> tuple[float, list[list[int]]]:
    with tempfile.TemporaryDirectory() as folder:
        program, data = Path(folder) / "replenishment", Path(folder) / "demand"
        subprocess.run(["cc", "-O3", "-o", str(program), str(HERE / "replenishment.c")], check=True)
        demand.tofile(data)
        numbers = [str(n) for n in (*demand.shape, LEVEL, depot_level, MEAN)]
        said = subprocess.run([str(program), str(data), *numbers], check=True, capture_output=True, text=True).stdout
    took, *rows = said.splitlines()
    return float(took), [[int(n) for n in row.split()] for row in rows]


def in_python(demand: np.ndarray, depot_level: int) -> tuple[float, list[list[int]]]:
    """SKU by SKU, in lists: no book beside the stock, and no counters but those that are compared."""
    series = demand.transpose(2, 0, 1).tolist()
    total = np.zeros((STORES + 1, 6), dtype=int)
    began = time.process_time()
    for sku, periods in enumerate(series):
        pack, depot, due, bought = 1 + sku % 4, depot_level, 0, [0, 0, 0]
        on_hand, coming = [LEVEL] * STORES, [0] * STORES
        sold, lines, empty = [0] * STORES, [0] * (STORES + 1), [0] * (STORES + 1)
        for t, wanted in enumerate(periods):
            depot += bought[t % 3]
            due -= bought[t % 3]
            for s in range(STORES):
                stock = on_hand[s] + coming[s]
                out = wanted[s] if wanted[s] < stock else stock
                sold[s] += out
                on_hand[s] = stock = stock - out
                coming[s] = order = -((stock - LEVEL) // pack) * pack if stock < LEVEL else 0
                lines[s] += order > 0
                empty[s] += stock == 0
            if sum(coming) > depot:
                coming = shared(depot, pack, on_hand, coming)
            depot -= sum(coming)
            bought[t % 3] = order = -((depot + due - depot_level) // pack) * pack if depot + due < depot_level else 0
            due += order
            lines[STORES] += order > 0
            empty[STORES] += depot == 0
        total += np.transpose([[*sold, 0], [*on_hand, depot], [*coming, 0], [*coming, due], lines, empty])
    return time.process_time() - began, total.tolist()


def shared(have: int, pack: int, on_hand: list[int], wanted: list[int]) -> list[int]:
    """One pack after another to the store with the least."""
    given = [0] * STORES
    while have >= pack and (open_to := [s for s in range(STORES) if given[s] < wanted[s]]):
        given[min(open_to, key=lambda s: on_hand[s] + given[s])] += pack
        have -= pack
    return given


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
    """Rates of all three, in turn; raises unless they leave the same at every location, with enough in the warehouse and without."""
    demand = np.random.default_rng(1).poisson(MEAN, (periods, STORES, skus)).astype(np.int32)
    ways = {"the chain's step": through_the_chain, "C": in_c, "plain Python": in_python}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for depot_level in [SHORT] + [ENOUGH] * rounds:
        answers = {}
        for name, way in ways.items():
            seconds, answers[name] = way(demand, depot_level)
            if depot_level == ENOUGH:
                took[name].append(seconds)
        if any(answer != answers["C"] for answer in answers.values()):
            raise AssertionError(f"they differ with {depot_level} in the warehouse: {answers}")
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
    write(figures, said.json)


if __name__ == "__main__":
    main()
