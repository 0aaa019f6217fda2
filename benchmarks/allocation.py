"""How fast the allocation core is beside C, numpy and Python doing the same, and how good its answers are.

Times are CPU seconds of the one thread that works, the median of seven interleaved pairs. The core is called through its
general entry point, arrays checked and constraints present but inert; the C program does the bare work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import numpy as np
from _allocation_cases import CProgram, batch, cover_in_numpy, nearest_in_numpy, nearest_in_python, shortage
from _allocation_quality import costs, parcels
from _figures import write

from ext.allocation import Allocator, ration
from sim.stock.dual_prices import stock_prices

QUICK = {
    "lines": 20_000,
    "baskets": 8_000,
    "skus": 500,
    "pairs": 1,
    "seeds": 1,
    "units": 500,
    "random": 20,
    "priced": 10,
}
WHOLE = {
    "lines": 1_000_000,
    "baskets": 400_000,
    "skus": 20_000,
    "pairs": 7,
    "seeds": 5,
    "units": 10_000,
    "random": 500,
    "priced": 500,
}


def seconds(work, *arguments) -> tuple[float, object]:
    began = time.thread_time()
    answer = work(*arguments)
    return time.thread_time() - began, answer


def inert(case) -> dict:
    """Every constraint there is, none of which binds (full, not zeros: memory that exists, as a user's would)."""
    locations = len(case.stock)
    return {
        "parcel_cost": np.zeros(locations),
        "candidates": case.ranked,
        "reserved": np.full_like(case.stock, 0),
        "safety_stock": np.full_like(case.stock, 0),
        "protected_share": np.ones(1),
        "capacity": np.full(locations, 10**9),
        "balance": np.zeros(locations),
        "markdown": np.zeros(locations),
        "max_parcels": 32,
    }


def sourced_by_us(case, stock, policy, constraints, ones, priority, ship_complete):
    allocator = Allocator(stock, case.ship_cost, policy=policy, **constraints)
    return allocator.source_orders(
        case.order_start, case.sku, ones, case.zone, priority=priority, ship_complete=ship_complete
    )


def beside_c(case, policy, work_in_c, pairs) -> dict:
    """Lines a second, ours and C's; raises unless they agree on every line and on the stock that is left."""
    flags = case.ones, np.zeros(len(case.zone), np.uint8), np.zeros(len(case.zone), np.bool_)
    ours, theirs = [], []
    for pair in range(-1, pairs):
        left, left_by_c = case.stock.copy(), case.stock.copy()
        constraints = inert(case)
        took_c, wanted = seconds(work_in_c, case, left_by_c)
        took, sourced = seconds(sourced_by_us, case, left, policy, constraints, *flags)
        location = np.full(len(case.sku), -1, np.int32)
        location[sourced.line] = sourced.location
        np.testing.assert_array_equal(location, wanted)
        np.testing.assert_array_equal(left, left_by_c)
        if pair >= 0:  # the first pair only warms up
            ours.append(took)
            theirs.append(took_c)
    size = len(case.zone)
    return {
        "value": size / statistics.median(ours) / 1e6,
        "unit": "M orders/CPU-s",
        "baseline": "C -O3 -march=native, bare",
        "baseline_value": size / statistics.median(theirs) / 1e6,
        "ratio": statistics.median(c / o for c, o in zip(theirs, ours, strict=True)),
        "goal": ">= 0.9",
    }


def sourcing(size) -> dict[str, dict]:
    program = CProgram()
    figures = {}
    lines = batch(1, np.ones(size["lines"], int), 1.1, skus=size["skus"], candidates=60)
    figures["single lines, nearest"] = beside_c(lines, "nearest", program.nearest, size["pairs"])
    for peer, work in (("pure Python", nearest_in_python), ("numpy", nearest_in_numpy)):
        took, location = seconds(work, lines, lines.stock.copy())
        assert location == program.nearest(lines, lines.stock.copy()).tolist()
        figures[f"single lines, nearest: {peer}"] = {"value": size["lines"] / took / 1e6, "unit": "M orders/CPU-s"}
    lengths = np.random.default_rng(2).geometric(1 / 2.6, size["baskets"])
    for supply in (1.2, 2.0):
        baskets = batch(3, lengths, supply, skus=size["skus"], candidates=32)
        name = f"baskets of {len(baskets.sku) / len(lengths):.1f} lines, complete first, stock/demand {supply}"
        figures[name] = beside_c(baskets, "complete", program.complete, size["pairs"])
    stores = batch(1, np.ones(size["lines"], int), 1.1, skus=size["skus"], candidates=32, locations=500)
    many = beside_c(stores, "nearest", program.nearest, size["pairs"])["value"]
    few = figures["single lines, nearest"]["value"]
    figures["single lines, nearest, 500 stores"] = {
        "value": many,
        "unit": "M orders/CPU-s",
        "baseline": "60 locations",
        "baseline_value": few,
        "ratio": many / few,
    }
    return figures | one_at_a_time(lines, baskets, size["pairs"])


def one_at_a_time(lines, baskets, rounds) -> dict[str, dict]:
    """Orders a second of a Python loop that calls the core once an order."""
    wanted = list(zip(lines.sku.tolist(), lines.zone.tolist(), strict=True))
    ends = zip(baskets.order_start[:-1].tolist(), baskets.order_start[1:].tolist(), strict=True)
    ones = baskets.ones
    asked = [(baskets.sku[a:b], ones[a:b], zone) for (a, b), zone in zip(ends, baskets.zone.tolist(), strict=True)]

    def singly():
        source_line = Allocator(lines.stock.copy(), lines.ship_cost, policy="nearest").source_line
        for sku, zone in wanted:
            source_line(sku, 1, zone)

    def by_basket():
        source_basket = Allocator(baskets.stock.copy(), baskets.ship_cost, policy="complete").source_basket
        for skus, quantities, zone in asked:
            source_basket(skus, quantities, zone)

    rate = {"line": [], "basket": []}
    for _ in range(rounds):
        rate["line"].append(len(wanted) / seconds(singly)[0] / 1e6)
        rate["basket"].append(len(asked) / seconds(by_basket)[0] / 1e6)
    return {
        f"one {name} a call": {"value": statistics.median(rate[name]), "unit": "M orders/CPU-s", "goal": goal}
        for name, goal in (("line", ">= 2"), ("basket", ">= 0.5"))
    }


def rationing(size) -> dict[str, dict]:
    case = shortage(4)
    ours, theirs = [], []
    for _ in range(size["pairs"]):
        theirs.append(seconds(cover_in_numpy, *case.values())[0])
        took, given = seconds(lambda: ration(**case))
        ours.append(took)
    walked = ration(**case, rule="unit_by_unit")
    worst = [((case["on_hand"] + units) / case["daily_demand"]).min(axis=1).mean() for units in (given, walked)]
    return {
        "rationing 200 SKUs x 60 stores by cover": {
            "value": 1e3 * statistics.median(ours),
            "unit": "CPU-ms",
            "baseline": "vectorised numpy",
            "baseline_value": 1e3 * statistics.median(theirs),
            "ratio": statistics.median(t / o for t, o in zip(theirs, ours, strict=True)),
            "goal": "> 1",
        },
        "rationing: cover of the worst store": {
            "value": worst[0],
            "unit": "days",
            "baseline": "unit by unit",
            "baseline_value": worst[1],
            "ratio": worst[0] / worst[1],
            "goal": ">= 0.99",
        },
    }


def quality(size) -> dict[str, dict]:
    figures = {}
    for units in (size["units"], 200):
        for supply in (1.0, 1.1, 1.5):
            paid = np.array([costs(seed, units, supply) for seed in range(size["seeds"])])
            nearest, priced, best = paid.mean(axis=0)
            closed = (paid[:, 0] - paid[:, 1]) / (paid[:, 0] - paid[:, 2])
            print(
                f"{units} units, supply/demand {supply}: nearest {nearest:.0f}, priced {priced:.0f}, optimum {best:.0f}"
            )
            print(f"  gap closed, seed by seed: {', '.join(f'{share:.2f}' for share in closed)}")
            figure = {"value": float(closed.min()), "unit": "of the gap to the optimum closed, worst seed"}
            if units > 200 and supply < 1.5:
                figure["goal"] = ">= 0.75"
            figures[f"priced, {units} units, supply/demand {supply}"] = figure
    counts = np.array([parcels(seed) for seed in range(size["random"])]).sum(axis=0)
    figures["parcels of small baskets"] = {
        "value": counts[0] / size["random"],
        "unit": "parcels an order",
        "baseline": "exact minimum (milp)",
        "baseline_value": counts[1] / size["random"],
        "ratio": counts[0] / counts[1],
        "goal": "<= 1.02",
    }
    draw = np.random.default_rng(6)
    stock, forecast = draw.integers(0, 60, (60, size["priced"])), draw.gamma(1, 10, (200, size["priced"]))
    took, prices = seconds(stock_prices, stock, forecast, draw.random((60, 200)))
    assert prices.any(axis=0).all()
    figures[f"prices of {size['priced']} SKUs"] = {"value": took, "unit": "CPU-s a solve", "goal": "<= 5"}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE", help="write the figures as one object; - for the terminal")
    parser.add_argument("--quick", action="store_true", help="small sizes: correctness alone is judged")
    asked = parser.parse_args()
    size = QUICK if asked.quick else WHOLE
    figures = sourcing(size) | rationing(size) | quality(size)
    for name, figure in figures.items():
        peer = f"{figure['baseline_value']:8.2f} {figure['baseline']}" if "baseline" in figure else ""
        ratio = f"ratio {figure['ratio']:.2f}" if "ratio" in figure else ""
        print(f"{name:62s} {figure['value']:8.2f} {figure['unit']:46s} {peer:36s} {ratio:12s} {figure.get('goal', '')}")
    if asked.json == "-":
        print(json.dumps(figures, indent=1))
    elif asked.json:
        write(figures, asked.json)


if __name__ == "__main__":
    main()
