"""Simulation-based calibration of `calibrate`: parameters are drawn, logs simulated and fitted, and intervals hold as often as they should.

Talts, Betancourt, Simpson, Vehtari and Gelman, "Validating Bayesian Inference Algorithms with Simulation-Based Calibration", arXiv:1804.06788, 2018:
the rank of a true parameter among draws of its posterior is uniform. The draws here are those of a bootstrap, which is a posterior in large
samples only, so the priors are wide against the intervals. `python tests/sim/calibration/test_sbc.py` prints the table of docs/calibration.md.
"""

from calendar import monthrange
from datetime import date

import numpy as np
import pytest
from scipy import stats

from sim.calibration.fit import fit
from sim.calibration.posterior import posterior
from sim.calibration.self_check import tickets_of
from sim.scenario.model import Scenario
from sim.traffic.baskets import mean_units
from sim.traffic.day_sheet import Traffic

FIRST = date(2026, 1, 1)
MONTH_DAYS = np.array([monthrange(2026, month)[1] for month in range(1, 13)])
SKUS = 200


def drawn_truth(rng, months):
    """A traffic section and its parameters as a fit to a log of these months from January has them."""
    month_factors = np.ones(12)
    month_factors[:months] = rng.lognormal(0, 0.25, months)
    month_factors[:months] /= np.average(month_factors[:months], weights=MONTH_DAYS[:months])
    weekday_factors = rng.lognormal(0, 0.35, 7)
    weekday_factors /= weekday_factors.mean()
    hours = np.zeros(24)
    hours[9:21] = rng.dirichlet(np.full(12, 4.0))
    traffic = {
        "month_factors": month_factors.tolist(),
        "weekday_factors": weekday_factors.tolist(),
        "hour_shares": hours.tolist(),
        "day_gamma_size": 1 / rng.uniform(0.01, 0.12),
        "cell_gamma_size": 1 / rng.uniform(0.02, 0.15),
        "basket_lines": {"distribution": "lognormal", "mean": rng.uniform(1.5, 6), "cv": 0.7},
        "line_units": {"distribution": "empirical", "values": [1, 2, 6], "weights": rng.dirichlet([4, 2, 1]).tolist()},
        "zipf_exponent": rng.uniform(0.5, 1.1),
        "member_share": rng.uniform(0.2, 0.8),
    }
    shop = Scenario.model_validate(
        {
            "name": "shop",
            "start": FIRST,
            "days": int(MONTH_DAYS[:months].sum()),
            "seed": int(rng.integers(2**40)),
            "regions": [{"code": "R", "name": "R"}],
            "warehouses": [{"code": "W", "region": "R"}],
            "suppliers": [{"code": "P", "lead_time_days": 1}],
            "stores": [
                {"code": f"S{n}", "region": "R", "warehouse": "W", "tills": 1, "customers_per_day": rng.uniform(*of)}
                for n, of in enumerate([(60, 300), (20, 120)])
            ],
            "skus": {"count": SKUS},
            "traffic": traffic,
        }
    )
    return shop, {
        "customers_per_day": np.array([store.customers_per_day for store in shop.stores]),
        "month_factors": month_factors,
        "weekday_factors": weekday_factors,
        "hour_shares": hours,
        "day_gamma_size": 1 / traffic["day_gamma_size"],
        "cell_gamma_size": 1 / traffic["cell_gamma_size"],
        "basket_mean": mean_units(shop.traffic.basket_lines),
        "units_mean": mean_units(shop.traffic.line_units),
        "member_share": traffic["member_share"],
        "zipf_exponent": traffic["zipf_exponent"],
    }


CHECKED = [
    *(("customers_per_day", n) for n in range(2)),
    *(("month_factors", n) for n in range(2)),
    *(("weekday_factors", n) for n in (0, 6)),
    *(("hour_shares", n) for n in (9, 14)),
    *(
        (name,)
        for name in ("day_gamma_size", "cell_gamma_size", "basket_mean", "units_mean", "member_share", "zipf_exponent")
    ),
]


def ranks(simulations, months, draws=99, seed=1):
    """By parameter: shares of the posterior's draws below the truth, one a simulation, float64[simulations]."""
    rng = np.random.default_rng(seed)
    found = {checked: [] for checked in CHECKED}
    for _ in range(simulations):
        shop, truth = drawn_truth(rng, months)
        traffic = Traffic(shop)
        sheets = [traffic.day(0, store, day) for day in range(shop.days) for store in range(len(shop.stores))]
        tickets = tickets_of(sheets, shop.start, tuple(store.code for store in shop.stores))
        known = posterior(tickets, fit(tickets, look=False), draws, seed=int(rng.integers(2**40)))
        for name, *at in CHECKED:
            below = known.draws[name][(slice(None), *at)] < np.asarray(truth[name])[tuple(at)]
            found[(name, *at)].append(below.sum())
    return {checked: (np.array(of) + rng.random(simulations)) / (draws + 1) for checked, of in found.items()}


@pytest.fixture(scope="module")
def found():
    return ranks(24, months=3)


@pytest.mark.parametrize("checked", CHECKED, ids=lambda checked: " ".join(map(str, checked)))
def test_the_rank_of_a_true_parameter_is_uniform(found, checked):
    assert stats.kstest(found[checked], "uniform").pvalue > 0.002


def table(simulations=150, months=4):
    """Print, for docs/calibration.md, what became of the ranks."""
    found = ranks(simulations, months, draws=199)
    print(
        "| Parameter | Mean rank (0.5) | Its standard deviation (0.289) | p, uniform | 95 % intervals that hold it | 80 % |"
    )
    print("|---|---|---|---|---|---|")
    for checked, of in found.items():
        held = [np.mean(np.abs(of - 0.5) < level / 2) for level in (0.95, 0.8)]
        p = stats.kstest(of, "uniform").pvalue
        name = " ".join(map(str, checked))
        print(f"| `{name}` | {of.mean():.3f} | {of.std():.3f} | {p:.3f} | {held[0]:.1%} | {held[1]:.1%} |", flush=True)


if __name__ == "__main__":
    table()
