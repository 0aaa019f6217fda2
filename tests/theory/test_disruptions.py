"""Suppliers that are up and down by turns, played by the whole chain through ordinary scenario files: within three standard errors.

A chain draws demand and states of suppliers whose laws are known; what a linear regression on these explains is luck, and is taken out.
"""

from __future__ import annotations

import json

import numpy as np

from sim.chain.setting import Setting
from sim.chain.supply.availability import Availability
from sim.chain.supply.disruptions import disruptions_s
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
    controls = [*states(periods, fail, recover), *beyond(shop.demanded, 5, 0, 4, 7)]
    agree((shop.on_hand + 9 * shop.owed).mean(axis=0), float(distributions.cost(law, 10, 1, 9)), *controls)
    agree((shop.owed == 0).mean(axis=0), float(distributions.cdf(law, 10)), *controls)
    agree(shop.owed.mean(axis=0), float(distributions.short(law, 10)), *controls)


def test_base_stock_where_suppliers_are_disrupted():
    """Orders wait for the end of the disruption. The best level is 17, and 14 without disruptions. A supplier is an observation."""
    name, suppliers = "base_stock_disrupted", alike("base_stock_disrupted", 50)
    fail, recover = disruptions.waited_at_reviews(27, 3, 1)
    law = disruptions.exposure(distributions.poisson(5), fail, recover, lead_time=1)
    level, cost = disruptions.base_stock(distributions.poisson(5), fail, recover, 1, 9, lead_time=1)
    assert level == 17
    shop = play(name, suppliers)
    age_days = disrupted_days(name, suppliers, 6 * 60 - DAY_S)
    two_days = shop.demanded[1:] + shop.demanded[:-1]
    controls = [
        *states(np.where(age_days >= 0, np.floor(age_days) + 1, 0), fail, recover),
        *(Control(of_suppliers(control.seen), control.mean) for control in beyond(two_days, 10, 0, 8, 12)),
    ]
    agree(of_suppliers((shop.on_hand + 9 * shop.owed).mean(axis=0)), cost, *controls)
    agree(of_suppliers((shop.owed == 0).mean(axis=0)), float(distributions.cdf(law, 17)), *controls)
    agree(of_suppliers(shop.on_hand.mean(axis=0)), float(distributions.left_over(law, 17)), *controls)


def test_economic_order_quantity_where_suppliers_are_disrupted():
    """Units are whole and demand is Poisson, so the lot is that of the Poisson form, which tends to Berk and Arreola-Risa's where units are small."""
    name, suppliers, days = "eoq_disrupted", alike("eoq_disrupted", 100), 199
    terms = {"fixed": 5, "holding": 1, "lost": 4, "demand_rate": 2, "disruption_rate": 0.5, "recovery_rate": 1}
    terms |= {"delay": 31.5 / (24 * 60)}
    costs = {lot: disruptions.lot_cost_of_poisson_demand(lot, **terms) for lot in range(1, 12)}
    assert min(costs, key=costs.get) == 5
    shop = play(name, suppliers)
    on_hand, demanded = shop.on_hand[1:].mean(axis=0), shop.demanded[1:].sum(axis=0) / days
    sold = (shop.sold[-1] - shop.sold[0]) / days
    orders = sold / 5
    age_days = disrupted_days(name, suppliers, 0)
    controls = [
        Control((age_days >= 0).mean(axis=0), 1 / 3),
        Control(np.maximum(age_days, 0).mean(axis=0), 1 / 3),
        Control(demanded, 2),
    ]
    agree(5 * orders + on_hand + 4 * (demanded - sold), costs[5], *controls)
    for seen, cost in ((on_hand, "holding"), (orders, "fixed")):
        alone = terms | {"fixed": 0, "holding": 0, "lost": 0} | {cost: 1}
        agree(seen, disruptions.lot_cost_of_poisson_demand(5, **alone), *controls)


def states(periods: np.ndarray, fail: float, recover: float) -> list[Control]:
    """For how many periods suppliers have been down, whole numbers [days, suppliers or SKUs], and the law of it."""
    law = disruptions.disrupted_periods(fail, recover)
    beyond = (
        Control(np.maximum(periods - k, 0).mean(axis=0), float(distributions.short(law, k))) for k in (0, 1, 3, 6)
    )
    return [Control((periods == 0).mean(axis=0), float(law[0])), *beyond]


def alike(name: str, n: int) -> str:
    """The one supplier of a scenario, n times over: SKUs take turns."""
    (supplier,) = load(HERE / f"{name}.yaml").suppliers
    return "suppliers=" + json.dumps([supplier.model_dump(mode="json") | {"code": f"S{k}"} for k in range(n)])


def of_suppliers(of_skus: np.ndarray) -> np.ndarray:
    """Means over the SKUs of each of fifty suppliers, which take turns."""
    return of_skus.reshape(-1, 50).mean(axis=0)


def disrupted_days(name: str, suppliers: str, at_s: float) -> np.ndarray:
    """How long the disruption of each supplier has lasted at a second of each day that counts, −1 where there is none: float64[days, suppliers]."""
    scenario = load(HERE / f"{name}.yaml", [suppliers])
    instants, ages = at_s + DAY_S * np.arange(scenario.warmup_days, scenario.days), []
    for supplier in scenario.suppliers:
        begins, ends = disruptions_s(supplier, scenario.seed, 0, scenario.days * DAY_S).T
        last = np.searchsorted(begins, instants, side="right") - 1
        inside = (last >= 0) & (instants < ends[last])
        ages.append(np.where(inside, (instants - begins[last]) / DAY_S, -1.0))
    return np.array(ages).T


def unavailable_periods(name: str, at_s: float) -> np.ndarray:
    """For how many daily looks, this one included, each SKU has been unavailable, int64[days that count, n_skus]."""
    scenario = load(HERE / f"{name}.yaml")
    setting = Setting.of(scenario, 0)
    availability = Availability(scenario, 0, setting.assortment.supplier)
    every = np.arange(len(setting.assortment))
    periods, seen = np.zeros(len(every), dtype=np.int64), []
    for day in range(scenario.days):
        periods = np.where(availability.unavailable(every, day * DAY_S + at_s), periods + 1, 0)
        seen.append(periods)
    return np.array(seen[scenario.warmup_days :])
