"""A worker warms up on its own database, and leaves it unchanged."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from loadtests.shop.storage import tables


@pytest.mark.parametrize("table", [tables.orders, tables.order_lines, tables.order_pieces, tables.movements])
def test_warming_up_leaves_no_trace(either_shop, table):
    with either_shop.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 0
    assert either_shop.get("/members/0").json()["points"] == 1000
    assert either_shop.get("/stock/TEA").json()["available"] == 130
