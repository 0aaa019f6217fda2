"""Rationing: nobody gets more than asked, higher tiers first, and the water level equals the walk unit by unit."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.allocation import ration

PLENTY = settings(max_examples=400, deadline=None)


def plain(available, requested, rule, on_hand, daily_demand, tier, pack, minimum_display):
    """One SKU, written for reading."""
    stores = range(len(requested))
    most = [requested[s] // pack for s in stores]
    given_packs = [0 for _ in stores]
    packs = available // pack

    def cover(store):
        units = on_hand[store] + pack * given_packs[store]
        return units / daily_demand[store] if daily_demand[store] > 0 else inf

    for level in sorted(set(tier)):
        members = [s for s in stores if tier[s] == level]
        if not packs:
            break
        for store in sorted(members, key=lambda s: (cover(s), s)):
            need = min(most[store], -(-max(0, minimum_display[store] - on_hand[store]) // pack))
            if need <= packs:
                given_packs[store] = need
                packs -= need
            else:
                most[store] = 0
        if rule == "pro_rata":
            open_packs = {s: most[s] - given_packs[s] for s in members}
            asked = sum(open_packs.values())
            if asked <= packs:
                shares = open_packs
            else:
                exact = {s: packs * open_packs[s] / asked for s in members}
                shares = {s: int(exact[s]) for s in members}
                owed = packs - sum(shares.values())
                for s in sorted(members, key=lambda s: (-(exact[s] - shares[s]), s))[:owed]:
                    shares[s] += 1
            for s in members:
                given_packs[s] += shares[s]
            packs -= sum(shares.values())
        else:
            while packs:
                hungry = [(cover(s), s) for s in members if given_packs[s] < most[s]]
                if not hungry:
                    break
                given_packs[min(hungry)[1]] += 1
                packs -= 1
    return [pack * g for g in given_packs]


@st.composite
def cases(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    skus, stores = draw(st.integers(1, 3)), draw(st.integers(1, 8))
    grid = (skus, stores)
    scale = draw(st.sampled_from([3, 30, 300]))
    demand = rng.random(grid) * rng.choice([0.1, 1.0, 20.0], grid)
    demand[rng.random(grid) < 0.1] = 0.0
    if draw(st.booleans()):
        demand = np.round(demand)
    return {
        "available": rng.integers(0, 2 * scale * stores, skus, dtype=np.int64),
        "requested": rng.integers(0, 3 * scale, grid, dtype=np.int64),
        "on_hand": rng.integers(0, scale, grid, dtype=np.int64),
        "daily_demand": demand,
        "tier": rng.integers(0, draw(st.integers(1, 3)), stores).astype(np.uint8),
        "pack": rng.choice([1, 1, 2, 6], skus).astype(np.int64),
        "minimum_display": rng.integers(0, scale, grid, dtype=np.int64) * draw(st.integers(0, 1)),
    }


@pytest.mark.parametrize("rule", ["cover", "pro_rata", "unit_by_unit"])
@PLENTY
@given(case=cases())
def test_every_rule_equals_the_plain_reference(rule, case):
    got = ration(**case, rule=rule)
    for sku in range(len(case["available"])):
        wanted = plain(
            int(case["available"][sku]),
            case["requested"][sku].tolist(),
            rule,
            case["on_hand"][sku].tolist(),
            case["daily_demand"][sku].tolist(),
            case["tier"].tolist(),
            int(case["pack"][sku]),
            case["minimum_display"][sku].tolist(),
        )
        assert got[sku].tolist() == wanted


@pytest.mark.parametrize("rule", ["cover", "pro_rata", "unit_by_unit"])
@PLENTY
@given(case=cases())
def test_shares_are_whole_packs_within_the_request_and_the_stock(rule, case):
    got = ration(**case, rule=rule)
    assert (got >= 0).all()
    assert (got <= case["requested"]).all()
    assert (got % case["pack"][:, None] == 0).all()
    assert (got.sum(axis=1) <= case["available"]).all()
    if not case["minimum_display"].any():
        asked = (case["requested"] // case["pack"][:, None]).sum(axis=1)
        packs = np.minimum(asked, case["available"] // case["pack"])
        np.testing.assert_array_equal(got.sum(axis=1), packs * case["pack"])


@PLENTY
@given(case=cases())
def test_a_higher_tier_is_never_starved_by_a_lower(case):
    """Without minimum displays, a store gets units only when all stores of better tiers got all packs they asked for."""
    case["minimum_display"] = np.zeros_like(case["requested"])
    got = ration(**case)
    wanted = case["requested"] // case["pack"][:, None] * case["pack"][:, None]
    for sku in range(len(got)):
        for store in np.flatnonzero(got[sku]):
            better = case["tier"] < case["tier"][store]
            np.testing.assert_array_equal(got[sku, better], wanted[sku, better])


@PLENTY
@given(case=cases())
def test_a_display_is_filled_or_left_alone(case):
    got = ration(**case)
    pack = case["pack"][:, None]
    wanted = case["requested"] // pack * pack
    after = case["on_hand"] + got
    assert ((got == 0) | (after >= case["minimum_display"]) | (got == wanted)).all()


def test_a_pack_that_lasts_for_months_goes_to_one_of_many_empty_stores():
    """Fewer packs than stores without a unit, each of which would begin one at a cover of 0."""
    stores = 40
    shared = ration(
        np.array([30 * 24 + 2]),
        np.full((1, stores), 24),
        rule="cover",
        on_hand=np.zeros((1, stores), np.int64),
        daily_demand=np.full((1, stores), 0.1) + np.arange(stores) / 1000,
        pack=np.array([24]),
    )
    assert shared[0].tolist() == [24] * 30 + [0] * 10


def test_cover_leaves_the_worst_store_no_worse_than_pro_rata():
    rng = np.random.default_rng(1)
    for _ in range(50):
        demand = rng.gamma(0.8, 4, (1, 60)) + 0.1
        case = {
            "available": np.array([300]),
            "requested": np.ceil(demand * 7).astype(np.int64),
            "on_hand": rng.integers(0, 8, (1, 60)),
            "daily_demand": demand,
        }
        worst = {rule: ((case["on_hand"] + ration(**case, rule=rule)) / demand).min() for rule in ("cover", "pro_rata")}
        assert worst["cover"] >= worst["pro_rata"]


GOOD = {
    "available": np.array([5]),
    "requested": np.array([[3, 4]]),
    "on_hand": np.array([[0, 1]]),
    "daily_demand": np.array([[1.0, 2.0]]),
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"available": np.array([-1])}, r"available\[0\] is -1"),
        ({"available": np.array([1, 2])}, "available must have shape"),
        ({"requested": np.array([[3, -4]])}, r"requested\[0, 1\] is -4"),
        ({"on_hand": None}, "on_hand and daily_demand must be given"),
        ({"on_hand": np.array([[0.0, 1.0]])}, "on_hand must be an array of int64"),
        ({"daily_demand": np.array([[1.0, np.nan]])}, r"daily_demand\[0, 1\] is nan"),
        ({"daily_demand": np.array([[1.0, np.inf]])}, r"daily_demand\[0, 1\] is inf"),
        ({"pack": np.array([0])}, r"pack\[0\] is 0"),
        ({"tier": np.array([0], np.uint8)}, "tier must have shape"),
        ({"minimum_display": np.array([[0, -1]])}, r"minimum_display\[0, 1\] is -1"),
        ({"rule": "by_name"}, "rule must be one of"),
    ],
)
def test_bad_arguments_are_refused_by_name_and_index(change, words):
    with pytest.raises(ValueError, match=words):
        ration(**(GOOD | change))
