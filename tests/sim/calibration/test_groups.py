"""Groups get hours and units of their own where they differ from the rest, and hardly ever where they do not."""

import numpy as np
import pytest

from sim.calibration.groups import fit_groups
from sim.calibration.self_check import tickets_of
from sim.traffic.day_sheet import Traffic

HOURS = [0.0] * 9 + [1, 2, 3, 4, 3, 2, 2, 3, 5, 4, 2, 1] + [0.0] * 3
NOON = [0.0] * 11 + [2, 6, 3] + [0.25] * 7 + [0.0] * 3
NAMES = ["sandwich"] * 5 + ["water"] * 5 + [f"other {n % 8}" for n in range(30)]
RANDOM = np.random.default_rng(5)
NAMES = [NAMES[n] for n in RANDOM.permutation(40)]


@pytest.fixture(scope="module")
def tickets_with(scenario_of):
    def draw(groups, seed=1, days=28, customers=150):
        shop = scenario_of(
            stores=[{"code": "SH01", "customers_per_day": customers}],
            skus=[{"code": f"A{n}", "price": 2, "group": name} for n, name in enumerate(NAMES)],
            seed=seed,
            days=days,
            traffic={"hour_shares": HOURS, "basket_lines": 3, "cell_gamma_size": 20, "groups": groups},
        )
        traffic = Traffic(shop)
        return tickets_of([traffic.day(0, 0, day) for day in range(days)], shop.start, ("SH01",))

    return draw


def shares(tickets):
    hour = (tickets.stamp - tickets.stamp.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    return np.bincount(hour, minlength=24) / len(tickets)


def test_a_group_that_sells_at_noon_and_one_by_the_six_are_found_and_no_other(tickets_with):
    water = {"distribution": "empirical", "values": [1, 6], "weights": [1, 3]}
    tickets = tickets_with({"sandwich": {"hour_shares": NOON}, "water": {"line_units": water}})
    found = {group.name: group for group in fit_groups(tickets, tuple(NAMES), shares(tickets))}
    noon = found["sandwich"].hour_shares
    assert noon == pytest.approx(np.array(NOON) / sum(NOON), abs=0.04)
    assert found["water"].hour_shares is None
    assert found["sandwich"].line_units is None
    assert found["water"].line_units.values == [1, 6]
    assert found["water"].units_mean == pytest.approx(4.75, rel=0.05)
    others = [group for name, group in found.items() if name.startswith("other")]
    assert len(others) == 8
    assert all(group.hour_shares is None and group.line_units is None for group in others)


def test_hardly_any_log_of_groups_that_are_alike_has_one_that_is_not(tickets_with):
    wrong = 0
    for seed in range(25):
        tickets = tickets_with({}, seed, days=14, customers=60)
        found = fit_groups(tickets, tuple(NAMES), shares(tickets))
        wrong += any(group.hour_shares is not None or group.line_units is not None for group in found)
    assert wrong <= 2


def test_a_log_without_groups_has_none(tickets_with):
    tickets = tickets_with({}, days=3)
    assert fit_groups(tickets, ("",) * 40, shares(tickets)) == ()
