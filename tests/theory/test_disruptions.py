"""Suppliers that are up and down by turns, played by the whole chain through ordinary scenario files: within three standard errors.

A chain draws demand and states of suppliers whose laws are known; what a linear regression on these explains is luck, and is taken out.
"""

from __future__ import annotations

import numpy as np

from sim.chain.setting import Setting
from sim.chain.supply.availability import Availability
from sim.clock import DAY_S
from sim.scenario.loader import load
from sim.stock.exact import disruptions, distributions

from .test_inventory import HERE, Control, agree, beyond, play


def test_base_stock_where_a_supplier_is_out_of_skus_for_spells():
    """The law that the chain is held to is that of the best level, 10; without spells it would be 8."""
    fail, recover = disruptions.seen_at_reviews(27, 3, 1)
    law = disruptions.exposure(distributions.poisson(5), fail, recover)
    assert disruptions.base_stock(distributions.poisson(5), fail, recover, 1, 9)[0] == 10
    shop = play("base_stock_unavailable")
    periods = unavailable_periods("base_stock_unavailable", 6 * 60)
    of = disruptions.disrupted_periods(fail, recover)
    controls = [
        Control((periods == 0).mean(axis=0), of[0]),
        *(Control(np.maximum(periods - k, 0).mean(axis=0), float(distributions.short(of, k))) for k in (0, 1, 3, 6)),
        *beyond(shop.demanded, 5, 0, 4, 7),
    ]
    agree((shop.on_hand + 9 * shop.owed).mean(axis=0), float(distributions.cost(law, 10, 1, 9)), *controls)
    agree((shop.owed == 0).mean(axis=0), float(distributions.cdf(law, 10)), *controls)
    agree(shop.owed.mean(axis=0), float(distributions.short(law, 10)), *controls)


def unavailable_periods(name: str, at_s: float) -> np.ndarray:
    """For how many daily looks, this one included, each SKU has been unavailable, int64[days that count, n_skus]."""
    scenario = load(HERE / f"{name}.yaml")
    setting = Setting.of(scenario, 0)
    availability, every = Availability(setting), np.arange(len(setting.assortment))
    periods, seen = np.zeros(len(every), dtype=np.int64), []
    for day in range(scenario.days):
        periods = np.where(availability.unavailable(every, day * DAY_S + at_s), periods + 1, 0)
        seen.append(periods)
    return np.array(seen[scenario.warmup_days :])
