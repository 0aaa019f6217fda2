"""Carts: what a shopper intends to buy. They reserve no stock; the checkout decides."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Response
from sqlalchemy import Connection, Row, delete, insert, select, update

from loadtests.shop.api import bodies, members, orders
from loadtests.shop.api.bodies import Cart
from loadtests.shop.api.order_routes import answer
from loadtests.shop.problems import refuse, unknown
from loadtests.shop.sourcing import LINES_AT_MOST
from loadtests.shop.state import IdempotencyKey, RunId, Shop, TheShop, find_skus
from loadtests.shop.storage.tables import cart_lines, carts, skus

router = APIRouter(prefix="/carts", tags=["carts"])


@router.post("", status_code=201)
def open_cart(wanted: bodies.NewCart, shop: TheShop, run: RunId = None) -> Cart:
    """With `location` the cart of a till, without one an online shopper's."""
    location = None if wanted.location is None else shop.location(wanted.location).id
    cart = uuid.uuid4().hex
    with shop.database.write() as connection:
        if wanted.member is not None:
            members.check(connection, wanted.member)
        connection.execute(insert(carts).values(id=cart, location=location, member=wanted.member, run=run))
    return Cart(id=cart, location=wanted.location, member=wanted.member, lines=[], order=None)


@router.get("/{cart}")
def read_cart(cart: str, shop: TheShop) -> Cart:
    """A cart and its lines."""
    with shop.database.read() as connection:
        return _describe(connection, shop, _find(connection, cart))


@router.post("/{cart}/lines")
def add_line(cart: str, line: bodies.Line, shop: TheShop) -> Cart:
    """Put units in the cart, on top of those of the same SKU that lie in it."""
    with shop.database.write() as connection:
        row = _open(connection, cart)
        sku, _ = find_skus(connection, [line.sku])[line.sku]
        put = shop.database.insert(cart_lines).values(cart=cart, sku=sku, quantity=line.quantity)
        more = cart_lines.c.quantity + put.excluded.quantity
        connection.execute(put.on_conflict_do_update(index_elements=["cart", "sku"], set_={"quantity": more}))
        full = _describe(connection, shop, row)
        if len(full.lines) > LINES_AT_MOST or any(line.quantity > bodies.MOST_UNITS for line in full.lines):
            refuse("cart_full", f"a cart holds {LINES_AT_MOST} lines of {bodies.MOST_UNITS} units at most")
        return full


@router.delete("/{cart}/lines/{sku}")
def remove_line(cart: str, sku: str, shop: TheShop) -> Cart:
    """Take a SKU out of the cart; one that is not in it is out already."""
    with shop.database.write() as connection:
        row = _open(connection, cart)
        number, _ = find_skus(connection, [sku], status=404)[sku]
        connection.execute(delete(cart_lines).where(cart_lines.c.cart == cart, cart_lines.c.sku == number))
        return _describe(connection, shop, row)


@router.post("/{cart}/checkout", status_code=201)
def check_out(
    cart: str, wanted: bodies.Checkout, shop: TheShop, response: Response, key: IdempotencyKey = None
) -> bodies.Order:
    """Make the cart an order. A cart becomes one order: repeating the checkout needs the same Idempotency-Key."""
    with shop.database.write() as connection:
        row = _find(connection, cart, lock=True)
        if row.order is not None and key is None:
            refuse("cart_closed", f"cart {cart} is order {row.order} already", order=row.order)
        full = _describe(connection, shop, row)
        if not full.lines:
            refuse("cart_empty", f"cart {cart} is empty")
        lines = [bodies.Line(sku=line.sku, quantity=line.quantity) for line in full.lines]
        whole = bodies.NewOrder(ship_to=wanted.ship_to, location=full.location, member=full.member, lines=lines)
        order, new = orders.place(connection, shop, whole, row.run, key)
        if row.order not in (None, order):
            refuse("cart_closed", f"cart {cart} is order {row.order} already", order=row.order)
        connection.execute(update(carts).where(carts.c.id == cart).values(order=order))
        return answer(connection, shop, order, new, response)


def _find(connection: Connection, cart: str, *, lock: bool = False) -> Row:
    row = select(carts).where(carts.c.id == cart)
    return connection.execute(row.with_for_update() if lock else row).one_or_none() or unknown("cart", cart)


def _open(connection: Connection, cart: str) -> Row:
    row = _find(connection, cart, lock=True)
    if row.order is not None:
        refuse("cart_closed", f"cart {cart} is order {row.order} already", order=row.order)
    return row


def _describe(connection: Connection, shop: Shop, row: Row) -> Cart:
    lines = select(skus.c.code, cart_lines.c.quantity).join(skus, skus.c.id == cart_lines.c.sku)
    rows = connection.execute(lines.where(cart_lines.c.cart == row.id).order_by(cart_lines.c.sku))
    return Cart(
        id=row.id,
        location=None if row.location is None else shop.locations[row.location].code,
        member=row.member,
        lines=[bodies.UnitsOf(sku=code, quantity=quantity) for code, quantity in rows],
        order=row.order,
    )
