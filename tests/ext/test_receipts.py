"""The lines of tickets against a plain reading of the baskets."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.receipts import bought

lines = st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 5), st.integers(0, 2))
baskets = st.lists(st.lists(lines, max_size=4, unique_by=lambda line: line[0]), min_size=1, max_size=6)


def columns(baskets):
    flat = np.array([line for basket in baskets for line in basket], dtype=np.int32).reshape(-1, 4)
    start = np.cumsum([0, *(len(basket) for basket in baskets)])
    names = ("line_sku", "got", "substitute_sku", "substituted")
    return {"line_start": start, **{name: flat[:, n].copy() for n, name in enumerate(names)}}


@given(baskets, st.data())
def test_a_ticket_has_each_sku_once_with_all_its_units(baskets, data):
    customers = data.draw(st.lists(st.integers(0, len(baskets) - 1)))
    start, sku, units = bought(np.array(customers, dtype=np.int64), **columns(baskets))
    tickets = [dict(zip(sku[a:b].tolist(), units[a:b].tolist(), strict=True)) for a, b in pairwise(start)]
    assert len(sku) == len(units) == start[-1] == sum(map(len, tickets))
    for customer, ticket in zip(customers, tickets, strict=True):
        expected = {}
        for own, got, other, instead in baskets[customer]:
            for taken, number in ((own, got), (other, instead)):
                if number:
                    expected[taken] = expected.get(taken, 0) + number
        assert ticket == expected


@pytest.mark.parametrize("customers", [[1], [-1]])
def test_nobody_has_a_ticket_who_was_not_there(customers):
    with pytest.raises(ValueError, match="customer"):
        bought(np.array(customers), **columns([[(0, 1, -1, 0)]]))
