"""Book and shelf drift apart as said, in SKUs of one group, and counts come round evenly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.chain.inventory.record_accuracy import Groups


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=30), st.integers(0, 2**32))
def test_a_sku_is_taken_for_another_of_its_group(group, seed):
    group = np.array(group)
    sku = np.arange(len(group))
    other = Groups(group).another(sku, np.random.default_rng(seed))
    alone = (group < 0) | (np.bincount(group + 1)[group + 1] == 1)
    assert (group[other] == group).all()
    assert ((other == sku) == alone).all()


def test_every_other_member_of_a_group_is_as_likely():
    others = Groups(np.array([0, 1, 0, 0, 0])).another(np.full(30_000, 2), np.random.default_rng(1))
    counts = np.bincount(others, minlength=5)
    assert counts[[1, 2]].tolist() == [0, 0]
    assert counts[[0, 3, 4]] == pytest.approx(np.full(3, 10_000), rel=0.03)


def test_shrinkage_and_misscans_are_shares_of_what_was_sold(small):
    chain = Chain(small(days=20, accuracy={"shrinkage_share": 0.02, "misscan_share": 0, "count_every_days": None}))
    chain.play()
    ledger = chain.ledger
    assert ledger.shrunk.sum() == pytest.approx(0.02 * ledger.sold.sum(), rel=0.15)
    in_time = ledger.unsynced.sum() == 0
    assert in_time
    assert (ledger.book - ledger.physical >= 0).all()
    assert 0 < (ledger.book - ledger.physical).sum() <= ledger.shrunk.sum()


def test_misscans_leave_the_books_total_right(small):
    chain = Chain(small(days=5, accuracy={"shrinkage_share": 0, "misscan_share": 0.05, "count_every_days": None}))
    chain.play()
    gap = (chain.ledger.book - chain.ledger.physical)[:4]
    assert np.abs(gap).sum() > 0
    groups = chain.assortment.group
    for members in (groups == group for group in np.unique(groups)):
        assert (gap[:, members].sum(axis=1) == 0).all()


@pytest.mark.parametrize("every", [1, 2.5, 4, 9])
def test_each_location_is_counted_once_an_interval(small, every):
    days = 18
    outcome = Chain(small(days=days, accuracy={"count_every_days": every})).play()
    counts = outcome.daily["counts"].to_numpy().reshape(6, days)
    assert (np.abs(counts.sum(axis=1) - days / every) < 1 + 1e-9).all()
    assert counts.sum(axis=0).max() <= np.ceil(6 / every) + 1
