"""Pairs are found where they are bought together beyond what the size of tickets explains, and hardly ever elsewhere."""

import numpy as np
import pytest

from sim.calibration.bought_together import bought_together, drawable, lifts
from sim.calibration.estimators import weights
from sim.calibration.fit import fit
from sim.calibration.self_check import tickets_of
from sim.traffic.day_sheet import Traffic

PLANTED = [((4, 9), 3.0), ((9, 15), 4.0)]
SIZES = {"distribution": "lognormal", "mean": 5, "cv": 1.0}


@pytest.fixture(scope="module")
def tickets_with(scenario_of):
    def draw(pairs, seed=1, customers=300):
        shop = scenario_of(
            stores=[{"code": "SH01", "customers_per_day": customers}],
            skus={"count": 80},
            seed=seed,
            traffic={
                "basket_lines": SIZES,
                "pairs": [{"skus": [f"SKU-{sku + 1:05d}" for sku in skus], "lift": lift} for skus, lift in pairs],
            },
        )
        traffic = Traffic(shop)
        return tickets_of([traffic.day(0, 0, day) for day in range(shop.days)], shop.start, ("SH01",))

    return draw


@pytest.fixture(scope="module")
def planted(tickets_with):
    return tickets_with(PLANTED)


def test_planted_pairs_are_found_with_their_lift_and_no_others(planted):
    found = {frozenset(pair.skus): pair for pair in bought_together(planted)}
    assert set(found) == {frozenset(skus) for skus, _ in PLANTED}
    for skus, lift in PLANTED:
        pair = found[frozenset(skus)]
        assert abs(pair.lift - lift) < 3 * pair.standard_error
        assert pair.tickets > 1.25 * pair.expected
    assert lifts(planted, tuple(found.values())) == pytest.approx([pair.lift for pair in found.values()])


def test_the_standard_error_of_a_lift_is_the_scatter_between_logs(tickets_with):
    drawn = [bought_together(tickets_with(PLANTED[:1], seed, 150)) for seed in range(1, 11)]
    found = [pairs[0] for pairs in drawn if pairs]
    assert len(found) == 10
    assert np.std([pair.lift for pair in found], ddof=1) == pytest.approx(
        np.mean([pair.standard_error for pair in found]), rel=0.5
    )


def test_sizes_of_baskets_alone_make_no_pair(tickets_with):
    assert sum(bool(bought_together(tickets_with([], seed, 100))) for seed in range(6)) <= 1


def test_a_few_tickets_say_nothing_of_pairs(tickets_with):
    assert bought_together(tickets_with(PLANTED, customers=3)) == ()


def test_pairs_that_can_be_drawn_together_are_kept(planted):
    found = fit(planted)
    popularity = weights(np.bincount(planted.line_sku, minlength=80), found.basket_lines)
    assert drawable(found, popularity, ("",) * 80) == found.pairs
