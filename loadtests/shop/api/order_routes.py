"""Orders over HTTP: place, look at, ship, cancel, bring back; and all orders of one run together."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection, bindparam, exists, func, select

from loadtests.shop.api import bodies, orders
from loadtests.shop.api.bodies import Order
from loadtests.shop.problems import Problem, unknown
from loadtests.shop.state import IdempotencyKey, RunId, Shop, TheShop
from loadtests.shop.storage import tables

router = APIRouter(tags=["orders"])
OrderId = Annotated[int, Path(ge=1, lt=2**63)]


@router.post("/orders", status_code=201)
def place_order(
    wanted: bodies.NewOrder, shop: TheShop, response: Response, run: RunId = None, key: IdempotencyKey = None
) -> Order:
    """A till's ticket (with `location`) or an online order (without)."""
    with shop.database.write() as connection:
        order, new = orders.place(connection, shop, wanted, run, key)
        return answer(connection, shop, order, new, response)


def answer(connection: Connection, shop: Shop, order: int, new: bool, response: Response) -> Order:
    """The order, and a status that says whether this request made it."""
    if not new:
        response.status_code = 200
        response.headers["Idempotent-Replay"] = "true"
    return describe(connection, shop, order)


@router.get("/orders")
def list_orders(
    shop: TheShop,
    run: str,
    key: Annotated[
        str | None, Query(max_length=128, description="Only the one placed under this Idempotency-Key.")
    ] = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> bodies.OrderPage:
    """The orders that carry a run's id, oldest first."""
    columns = tables.orders.c
    page = select(columns.id, columns.status, columns.total_cents).where(columns.run == run, columns.id > after)
    if key is not None:
        page = page.where(columns.key == key)
    with shop.database.read() as connection:
        rows = connection.execute(page.order_by(columns.id).limit(limit)).all()
    items = [bodies.OrderSummary(id=row.id, status=row.status, total=row.total_cents / 100) for row in rows]
    return bodies.OrderPage(items=items, next=rows[-1].id if len(rows) == limit else None)


@router.get("/orders/{order}")
def read_order(order: OrderId, shop: TheShop) -> Order:
    """An order."""
    with shop.database.read() as connection:
        return describe(connection, shop, order)


@router.post("/orders/{order}/ship")
def ship_order(order: OrderId, shop: TheShop) -> Order:
    """Hand an online order over."""
    with shop.database.write() as connection:
        orders.ship(connection, order)
        return describe(connection, shop, order)


@router.post("/orders/{order}/cancel")
def cancel_order(order: OrderId, shop: TheShop) -> Order:
    """Cancel an order that was not shipped and of which nothing came back."""
    with shop.database.write() as connection:
        orders.cancel(connection, order)
        return describe(connection, shop, order)


@router.post("/orders/{order}/returns", status_code=201)
def return_goods(order: OrderId, wanted: bodies.NewReturn, shop: TheShop) -> bodies.Return:
    """Take goods of an order back into stock."""
    with shop.database.write() as connection:
        pieces = orders.take_back(connection, shop, order, wanted)
        return bodies.Return(order=order, lines=_named(connection, shop, pieces))


@router.post("/runs/{run}/cancellation")
def cancel_run(run: str, shop: TheShop, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> bodies.Cancellation:
    """Cancel up to `limit` orders of a run, each in a transaction of its own; repeat while any remain."""
    columns = tables.orders.c
    lines = tables.order_lines.c
    came_back = exists().where(lines.order == columns.id, lines.returned > 0)
    of_run = select(columns.id).where(columns.run == run)
    whole = of_run.where((columns.status == "placed") | ((columns.status == "completed") & ~came_back))
    standing = of_run.where(columns.status != "cancelled")
    with shop.database.read() as connection:
        ids = connection.scalars(whole.order_by(columns.id).limit(limit)).all()
    cancelled = 0
    for order in ids:
        try:
            with shop.database.write() as connection:
                orders.cancel(connection, order)
            cancelled += 1
        except Problem as problem:
            if problem.status != 409:
                raise
    with shop.database.read() as connection:
        remaining = connection.execute(select(func.count()).select_from(whole.subquery())).scalar_one()
        left = connection.execute(select(func.count()).select_from(standing.subquery())).scalar_one()
    return bodies.Cancellation(cancelled=cancelled, remaining=remaining, kept=left - remaining)


_ORDER = select(tables.orders).where(tables.orders.c.id == bindparam("id"))
_LINES = (
    select(tables.skus.c.code, tables.order_lines)
    .join(tables.order_lines, tables.order_lines.c.sku == tables.skus.c.id)
    .where(tables.order_lines.c.order == bindparam("id"))
    .order_by(tables.order_lines.c.sku)
)
_PIECES = (
    select(tables.order_pieces)
    .where(tables.order_pieces.c.order == bindparam("id"))
    .order_by(tables.order_pieces.c.sku, tables.order_pieces.c.location)
)


def describe(connection: Connection, shop: Shop, order: int) -> Order:
    """An order with its lines and pieces; 404 where there is none."""
    row = connection.execute(_ORDER, {"id": order}).one_or_none()
    if row is None:
        unknown("order", order)
    lines = connection.execute(_LINES, {"id": order}).all()
    codes = {line.sku: line.code for line in lines}
    place = shop.locations
    return Order(
        id=row.id,
        status=row.status,
        location=None if row.location is None else place[row.location].code,
        ship_to=row.ship_to,
        member=row.member,
        run=row.run,
        total=row.total_cents / 100,
        currency=shop.currency,
        placed_at=row.placed_at,
        lines=[
            bodies.OrderLine(
                sku=line.code, quantity=line.quantity, price=line.price_cents / 100, returned=line.returned
            )
            for line in lines
        ],
        pieces=[
            bodies.Piece(sku=codes[piece.sku], location=place[piece.location].code, quantity=piece.quantity)
            for piece in connection.execute(_PIECES, {"id": order})
        ],
    )


def _named(connection: Connection, shop: Shop, pieces: list[tuple[int, int, int]]) -> list[bodies.Piece]:
    numbers = [sku for sku, _, _ in pieces]
    known = select(tables.skus.c.id, tables.skus.c.code).where(tables.skus.c.id.in_(numbers))
    codes = dict(connection.execute(known).all())
    return [
        bodies.Piece(sku=codes[sku], location=shop.locations[location].code, quantity=quantity)
        for sku, location, quantity in pieces
    ]
