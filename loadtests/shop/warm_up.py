"""Runs each common request once in a worker before it reports ready.

The first use of a statement compiles it. Without this, dozens of threads would compile the same statements at the first requests, and a load
test would begin with a second of stall that is not the load's.
"""

from __future__ import annotations

import contextlib

from fastapi import Response
from sqlalchemy import select

from loadtests.shop.api import bodies, catalogue, members, order_routes, orders
from loadtests.shop.state import Shop
from loadtests.shop.storage.database import CONNECTIONS
from loadtests.shop.storage.tables import skus, stock


class _Undo(Exception):
    """Raised to roll the trial orders back."""


def warm_up(shop: Shop) -> None:
    """Open the connections, read a SKU, sell it at a till and online, and roll that back."""
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(shop.database.engine.connect())
    with shop.database.read() as connection:
        some = select(skus.c.code, stock.c.location).join(stock, stock.c.sku == skus.c.id)
        stocked = connection.execute(some.where(stock.c.on_hand > stock.c.reserved).limit(1)).first()
    if stocked is None:
        return
    sku, location = stocked
    catalogue.list_products(shop)
    catalogue.search_products(shop, sku)
    catalogue.read_product(sku, shop)
    catalogue.read_stock(sku, shop)
    member = 0 if shop.members else None
    if member is not None:
        members.read_member(member, shop)
        members.list_offers(member, shop)
    lines = [bodies.Line(sku=sku, quantity=1)]
    with contextlib.suppress(_Undo), shop.database.write() as connection:
        for till in (shop.locations[location].code, None):
            sale = bodies.NewOrder(location=till, member=member, lines=lines)
            order, new = orders.place(connection, shop, sale, None, None)
            order_routes.answer(connection, shop, order, new, Response())
            orders.cancel(connection, order)
        raise _Undo
