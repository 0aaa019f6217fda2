"""Serial lines of three and four stages, played by the whole chain: supplier, central and regional warehouses, a store.

Under base stock everywhere what lies at each stage follows from the demand of the last days alone, so the chain is held to that demand unit for unit,
and its mean cost to the exact one (Clark & Scarf 1960; Chen & Zheng 1994).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.clock import DAY_S, HOUR_S
from sim.scenario.loader import load
from sim.stock.exact import distributions, echelons

from .test_inventory import Control, agree

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Line:
    """A line from the store up, with lead times in days and its cost a period."""

    name: str
    levels: list[int]
    """Local base-stock levels."""
    lead_times: list[int]
    days: int
    """Of a period."""
    echelon_holding: list[float]
    backorder: float
    demand: int
    """A day."""

    @property
    def holding(self) -> np.ndarray:
        """What a unit costs at each stage."""
        return np.cumsum(self.echelon_holding[::-1])[::-1]

    def exact(self, levels: list[int] | None = None) -> tuple[list[int], float]:
        """Echelon levels, and the cost a period without that of goods on their way, which no policy changes."""
        lead_times = np.array(self.lead_times) / self.days
        rate = self.demand * self.days
        found, cost = echelons.serial_base_stock(rate, lead_times, self.echelon_holding, self.backorder, levels)
        return found, cost - rate * float(lead_times[:-1] @ self.holding[1:])


THREE = Line("serial_3_stages", [9, 6, 11], [1, 1, 2], 1, [3, 2, 2], 37.12, 5)
FOUR = Line("serial_4_stages", [8, 5, 5, 4], [1, 1, 1, 1], 4, [0.25] * 4, 9, 4)


def play(line: Line, *overrides: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(on hand int64[days, stages, skus], owed at the store and demand int64[days, skus]).

    A warehouse is looked at on the first hour of a day, just after it has served the stage that it feeds; the store at midnight.
    """
    chain = Chain(load(HERE / f"{line.name}.yaml", overrides))
    ledger, places = (
        chain.ledger,
        [chain.network.number[code] for code in ("SHOP", "W1", "W2", "W3")[: len(line.levels)]],
    )
    on_hand, owed, demanded, before = [], [], [], 0
    for day in range(chain.scenario.days):
        chain.begin(day)
        seen = []
        for stage, place in enumerate(places[1:]):
            chain.env.run(until=day * DAY_S + stage * HOUR_S / 4 + 300)
            seen.append(ledger.physical[place].copy())
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
        on_hand.append([ledger.physical[0].copy(), *seen])
        owed.append(ledger.owed[0].copy())
        so_far = ledger.sold[0] + ledger.owed[0]
        demanded.append(so_far - before)
        before = so_far
    ledger.check()
    return np.array(on_hand), np.array(owed), np.array(demanded)


def reckoned(line: Line, demanded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(on hand, owed) as demand alone makes them, from the day on at which nothing of the opening stock is left to be felt."""
    days, skus = demanded.shape
    so_far = np.concatenate([np.zeros((1, skus), dtype=np.int64), np.cumsum(demanded, axis=0)])
    on_hand = np.zeros((days, len(line.levels), skus), dtype=np.int64)
    short = np.zeros((days + 1, skus), dtype=np.int64)
    for stage in reversed(range(len(line.levels))):
        lead_time = line.lead_times[stage]
        net = np.zeros_like(short)
        for at in range(lead_time, days + 1):
            net[at] = line.levels[stage] - (so_far[at] - so_far[at - lead_time]) - short[at - lead_time]
        short = np.maximum(-net, 0)
        on_hand[:, stage] = np.maximum(net, 0)[1:] if stage == 0 else np.maximum(net, 0)[:-1]
    return on_hand, short[1:]


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("line", [THREE, FOUR], ids=lambda line: line.name)
def test_what_lies_at_each_stage_is_what_the_demand_of_its_lead_times_leaves(line, engine):
    on_hand, owed, demanded = play(
        line, f"engine={engine}", "days=9", "skus.count=30", f"stores.SHOP.customers_per_day={30 * line.demand}"
    )
    expected, short = reckoned(line, demanded)
    later = slice(sum(line.lead_times) + 1, None)
    assert (on_hand[later] == expected[later]).all()
    assert (owed[later] == short[later]).all()
    assert owed.any()


def assert_it_costs(line: Line, cost: float, *overrides: str) -> None:
    """Controls are what the demand of one, two, three … days had beyond some levels: none is a figure under test."""
    on_hand, owed, demanded = play(line, *overrides)
    days, all_days = np.arange(sum(line.lead_times) + 1, len(on_hand)), sum(line.lead_times)
    paid = (line.holding @ on_hand[days] + line.backorder * owed[days]).mean(axis=0)
    controls = []
    for lead_time in range(1, all_days + 1):
        law = distributions.poisson(lead_time * line.demand)
        total = np.add.reduce([demanded[days - back] for back in range(lead_time)])
        for level in (0, *(distributions.quantile(law, share) for share in (0.5, 0.9))):
            mean = float(distributions.short(law, level))
            controls.append(Control(np.maximum(total - level, 0).mean(axis=0), mean))
    agree(paid, cost, *controls)


@pytest.mark.parametrize("line", [THREE, FOUR], ids=lambda line: line.name)
def test_the_best_echelon_base_stock_costs_what_theory_says(line):
    levels, cost = line.exact()
    assert np.cumsum(line.levels).tolist() == levels
    assert_it_costs(line, cost)


def test_the_levels_of_shang_and_songs_heuristic_cost_what_theory_says():
    """Their table 1, row 9: holding costs with a kink, where the heuristic misses the best levels by one unit at two stages."""
    line = Line("serial_4_stages", [9, 1, 4, 6], [1, 1, 1, 1], 4, [0.25, 2.5, 2.5, 0.25], 9, 4)
    heuristic = echelons.serial_heuristic(16, [0.25] * 4, line.echelon_holding, line.backorder)
    assert np.cumsum(line.levels).tolist() == heuristic
    _, cost = line.exact(heuristic)
    assert cost > line.exact()[1]
    warehouses = [f"replenishment.by_warehouse.W{n}.units={units}" for n, units in enumerate(line.levels) if n]
    assert_it_costs(line, cost, "replenishment.stores.units=9", *warehouses)
