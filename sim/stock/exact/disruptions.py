"""A supplier that is up and down by turns: economic order quantity, newsvendor and base stock.

Up-times and down-times are independent, exponential in continuous time (`disruption_rate` and `recovery_rate`, a unit of time), geometric in
periods: a supplier that is up is down in the next period with probability `fail`, one that is down is up with probability `recover`.
Orders are not shipped while it is down.

Sources: Parlar & Berkin (1991), Naval Research Logistics 38, corrected by Berk & Arreola-Risa (1994), Naval Research Logistics 41; Snyder (2014),
International Journal of Production Economics 155; Tomlin (2006), Management Science 52; Schmitt, Snyder & Shen (2010), European Journal of
Operational Research 206; Snyder & Shen (2019), §9.2.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from sim.stock.exact import distributions, newsvendor


def eoq_cost(
    quantity: float,
    fixed: float,
    holding: float,
    lost: float,
    demand_rate: float,
    disruption_rate: float,
    recovery_rate: float,
) -> float:
    """Cost a unit of time of ordering `quantity` whenever stock is zero, or as soon as the supplier is up; `lost` is what a lost unit costs.

    A cycle begins as an order comes in, with the supplier up. Berk & Arreola-Risa (1994).
    """
    rates = disruption_rate + recovery_rate
    down = disruption_rate / rates * -np.expm1(-rates * quantity / demand_rate)
    return _cycle_cost(quantity, quantity**2 / 2, down, fixed, holding, lost, demand_rate, recovery_rate)


def eoq(
    fixed: float, holding: float, lost: float, demand_rate: float, disruption_rate: float, recovery_rate: float
) -> tuple[float, float]:
    """(order quantity, cost a unit of time) at the one minimum of `eoq_cost`, which has no closed form.

    Parlar & Berkin (1991), Berk & Arreola-Risa (1994).
    """
    terms = fixed, holding, lost, demand_rate, disruption_rate, recovery_rate
    near, _ = eoq_approximate(*terms)
    found = minimize_scalar(
        lambda scale: eoq_cost(near * np.exp(scale), *terms), bounds=(-10, 10), options={"xatol": 1e-12}
    )
    return float(near * np.exp(found.x)), float(found.fun)


def eoq_approximate(
    fixed: float, holding: float, lost: float, demand_rate: float, disruption_rate: float, recovery_rate: float
) -> tuple[float, float]:
    """(order quantity, cost a unit of time), as if the supplier were in its long-run state whenever stock is zero. Snyder (2014)."""
    down = disruption_rate / (disruption_rate + recovery_rate)
    away = down * demand_rate / recovery_rate
    quantity = np.sqrt(away**2 + 2 * demand_rate / holding * (fixed + lost * away)) - away
    return float(quantity), float(holding * quantity)


def lot_cost_of_poisson_demand(
    quantity: int,
    fixed: float,
    holding: float,
    lost: float,
    demand_rate: float,
    disruption_rate: float,
    recovery_rate: float,
    delay: float = 0.0,
) -> float:
    """`eoq_cost` where units are asked for one by one, as a Poisson process, and the order is made `delay` after the last unit was sold.

    The same renewal cycle; a lot lasts for a sum of `quantity` exponential times, whose Laplace transform stands in place of
    exp(−rates · quantity / demand_rate).
    """
    rates = disruption_rate + recovery_rate
    stays_up = (demand_rate / (demand_rate + rates)) ** quantity * np.exp(-rates * delay)
    down = disruption_rate / rates * (1 - stays_up)
    units_held = quantity * (quantity + 1) / 2
    return _cycle_cost(quantity, units_held, down, fixed, holding, lost, demand_rate, recovery_rate, delay)


def disrupted_periods(fail: float, recover: float) -> np.ndarray:
    """float64[n]: the pmf of the number of periods for which a supplier has been down, this one included; 0 where it is up.

    Tomlin (2006); Snyder & Shen (2019), Lemma 9.2.
    """
    down = fail / (fail + recover)
    return np.concatenate([[1 - down], down * _geometric(recover)])


def seen_at_reviews(up_time: float, down_time: float, between: float) -> tuple[float, float]:
    """(fail, recover) of a supplier with exponential up-times and down-times of these means that is looked at every `between` units of time."""
    down = down_time / (up_time + down_time)
    changed = -np.expm1(-between * (1 / up_time + 1 / down_time))
    return float(down * changed), float((1 - down) * changed)


def waited_at_reviews(up_time: float, down_time: float, between: float) -> tuple[float, float]:
    """The same for orders that are not made again: each waits for the end of the disruption in which it was made.

    All that was ordered before the disruption of now has been shipped, however short the up-time before it was. So what counts is how many
    reviews its age spans: with `fail` and `recover` as returned, `disrupted_periods` is the law of their number.
    """
    recover = -np.expm1(-between / down_time)
    return float(recover * down_time / up_time), float(recover)


def newsvendor_of_known_demand(
    demand: float, fail: float, recover: float, holding: float, backorder: float
) -> tuple[float, float]:
    """(base-stock level, cost a period) where each period has the same demand, and unmet demand waits.

    The level covers one period more than a quantile of the periods for which the supplier has been down. Tomlin (2006); Snyder & Shen (2019),
    §9.2.3.
    """
    periods, cost = newsvendor.newsvendor(disrupted_periods(fail, recover), holding * demand, backorder * demand)
    return demand * (1 + periods), cost


def exposure(pmf: np.ndarray, fail: float, recover: float, lead_time: int = 0) -> np.ndarray:
    """The pmf of what is asked for between the last order that was shipped `lead_time` periods ago or before, and the end of this period.

    A base-stock level less this is what is on hand, or owed: demand over `lead_time` + 1 periods and those for which the supplier had been down
    then. Schmitt, Snyder & Shen (2010). In `lead_time`, as in `review.base_stock`, orders arrive before the demand of a period.
    """
    down = disrupted_periods(fail, recover)
    total, of_n = np.zeros(1), distributions.over(lead_time + 1, pmf)
    for share in down:
        total = np.concatenate([total, np.zeros(len(of_n) - len(total))]) + share * of_n
        of_n = np.convolve(of_n, pmf)
    return total


def base_stock(
    pmf: np.ndarray, fail: float, recover: float, holding: float, backorder: float, lead_time: int = 0
) -> tuple[int, float]:
    """(best level, cost a period): periodic review, backorders, a supplier that ships nothing while it is down. Schmitt, Snyder & Shen (2010)."""
    return newsvendor.newsvendor(exposure(pmf, fail, recover, lead_time), holding, backorder)


def outstanding(demand_rate: float, lead_time: float, up_time: float, down_time: float) -> np.ndarray:
    """The pmf of units ordered and not yet received: continuous review, base stock, Poisson demand, a constant lead time from shipping on.

    In a disruption orders wait for its end. At a random instant one is under way with the share of time down, and its age is then exponential
    with mean `down_time`, so the demand that waits is geometric; what is shipped after it adds the demand of `lead_time`, independent of it.
    A base-stock level less this is what is on hand or owed. The argument of Schmitt, Snyder & Shen (2010) in continuous time.
    """
    down = down_time / (up_time + down_time)
    waiting = down * _geometric(1 / (1 + demand_rate * down_time))
    waiting[0] += 1 - down
    return np.convolve(waiting, distributions.poisson(demand_rate * lead_time))


def _geometric(share: float) -> np.ndarray:
    """float64[n]: the pmf of the number of failures before a success, which has this probability."""
    longest = int(np.log(distributions.TAIL) / np.log1p(-min(share, 1 - 1e-12)))
    return share * (1 - share) ** np.arange(longest + 2)


def _cycle_cost(
    quantity: float,
    held: float,
    down: float,
    fixed: float,
    holding: float,
    lost: float,
    demand_rate: float,
    recovery_rate: float,
    delay: float = 0.0,
) -> float:
    """Of a cycle in which a lot is sold, units held × demand_rate are `held`, and the supplier is down at its end with probability `down`."""
    lost_units = demand_rate * (delay + down / recovery_rate)
    length = (quantity + lost_units) / demand_rate
    return float((fixed + holding * held / demand_rate + lost * lost_units) / length)
