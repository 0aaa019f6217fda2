"""What an order does to stock: placing, shipping and cancelling it, and goods that come back."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from loadtests.shop.api import bodies, members
from loadtests.shop.problems import Problem, refuse, unknown
from loadtests.shop.sourcing import Location
from loadtests.shop.state import Shop, find_skus
from loadtests.shop.storage import stock
from loadtests.shop.storage.stock import Move
from loadtests.shop.storage.tables import order_lines, order_pieces, orders

_NEW_LINES = insert(order_lines)
_NEW_PIECES = insert(order_pieces)


def place(
    connection: Connection, shop: Shop, wanted: bodies.NewOrder, run: str | None, key: str | None
) -> tuple[int, bool]:
    """Place an order inside a write transaction; returns its id, and whether it is new.

    A till's order takes its units from its store at once; an online order reserves units over all locations, nearest first. All or
    nothing: 409 `out_of_stock` names what is short. The same `key` with the same request gives the order made before.
    """
    till = shop.location(wanted.location) if wanted.location is not None else None
    region = _region(shop, wanted)
    units_by_code = bodies.merged(wanted.lines)
    skus = find_skus(connection, list(units_by_code))
    units = {skus[code][0]: quantity for code, quantity in units_by_code.items()}
    price = {number: cents for number, cents in skus.values()}
    total = sum(price[sku] * quantity for sku, quantity in units.items())
    if wanted.member is not None:
        members.check(connection, wanted.member)

    # The order's row is inserted first: a second request with the same key waits at the unique key, and reads the order once it is complete.
    now = time.time()
    request = hashlib.blake2b(wanted.model_dump_json().encode(), digest_size=16).hexdigest()
    row = {
        "placed_at": now,
        "status": "completed" if till else "placed",
        "location": till.id if till else None,
        "ship_to": None if till else region,
        "member": wanted.member,
        "run": run,
        "total_cents": total,
        "key": key,
        "request": request,
    }
    fresh = shop.database.insert(orders).values(row).on_conflict_do_nothing(index_elements=["key"])
    order = connection.scalar(fresh.returning(orders.c.id))
    if order is None:
        return _placed_before(connection, key, request), False

    pieces = _pieces(connection, shop, units, till, region, names={skus[code][0]: code for code in skus})
    change = "on_hand" if till else "reserved"
    sign = -1 if till else 1
    stock.move(
        connection,
        "sale" if till else "reservation",
        f"order {order}",
        now,
        [Move(sku, location, **{change: sign * quantity}) for sku, location, quantity in pieces],
    )
    connection.execute(
        _NEW_LINES,
        [
            {"order": order, "sku": sku, "quantity": quantity, "price_cents": price[sku], "returned": 0}
            for sku, quantity in units.items()
        ],
    )
    given = [
        {"order": order, "sku": sku, "location": location, "quantity": quantity} for sku, location, quantity in pieces
    ]
    if given:
        connection.execute(_NEW_PIECES, given)
    members.credit(connection, wanted.member, total)
    return order, True


def _region(shop: Shop, wanted: bodies.NewOrder) -> str:
    region = wanted.ship_to or shop.sourcing.regions[0]
    if region not in shop.sourcing.regions:
        unknown("region", region, status=422)
    return region


def _placed_before(connection: Connection, key: str | None, request: str) -> int:
    before = connection.execute(select(orders.c.id, orders.c.request).where(orders.c.key == key)).one()
    if before.request != request:
        raise Problem(422, "idempotency_key_reused", "this Idempotency-Key came with another request before")
    return before.id


def _pieces(
    connection: Connection, shop: Shop, units: dict[int, int], till: Location | None, region: str, names: dict[int, str]
) -> list[tuple[int, int, int]]:
    """(sku, location, units): what each location gives, from rows locked here. Raises 409 where all together have too little."""
    rows = stock.lock(connection, list(units), [till.id] if till else None)
    available = [(row.sku, row.location, row.on_hand - row.reserved) for row in rows]
    there = defaultdict[Any, int](int)
    for sku, _, quantity in available:
        there[sku] += quantity
    if till:
        short = {sku: quantity - there[sku] for sku, quantity in units.items() if there[sku] < quantity}
        taken = ((sku, till.id, quantity - short.get(sku, 0)) for sku, quantity in units.items())
        pieces = [piece for piece in taken if piece[2] > 0]
    else:
        pieces, short = shop.sourcing.source(available, units, region)
    _, faults = shop.page.read()
    if max(short.values(), default=0) > faults.oversell_units:
        refuse(
            "out_of_stock",
            "not enough units are left",
            short=[{"sku": names[sku], "wanted": units[sku], "available": there[sku]} for sku in short],
        )
    return pieces


def lock(connection: Connection, order: int) -> Row:
    """The order's row, locked until the transaction ends; 404 where there is none."""
    row = connection.execute(select(orders).where(orders.c.id == order).with_for_update()).one_or_none()
    return row or unknown("order", order)


def _given(connection: Connection, order: int) -> list[Row]:
    pieces = select(order_pieces).where(order_pieces.c.order == order)
    return list(connection.execute(pieces.order_by(order_pieces.c.sku, order_pieces.c.location)))


def _become(connection: Connection, order: int, status: str) -> None:
    connection.execute(update(orders).where(orders.c.id == order).values(status=status))


def _move_pieces(connection: Connection, order: int, kind: str, **signs: int) -> None:
    pieces = _given(connection, order)
    stock.lock(connection, {piece.sku for piece in pieces}, {piece.location for piece in pieces})
    moves = [
        Move(piece.sku, piece.location, **{field: sign * piece.quantity for field, sign in signs.items()})
        for piece in pieces
    ]
    stock.move(connection, kind, f"order {order}", time.time(), moves)


def ship(connection: Connection, order: int) -> None:
    """Hand an online order over: its reserved units leave."""
    row = lock(connection, order)
    if row.status != "placed":
        refuse("order_not_open", f"order {order} is {row.status}: only a placed one can be shipped")
    _move_pieces(connection, order, "shipment", on_hand=-1, reserved=-1)
    _become(connection, order, "shipped")


def cancel(connection: Connection, order: int) -> None:
    """Undo an order that is still whole: reserved units are free again, units sold at a till go back. Idempotent."""
    row = lock(connection, order)
    if row.status == "cancelled":
        return
    if row.status == "shipped" or _returned(connection, order):
        refuse("order_not_open", f"order {order} is {row.status}, or goods came back already: it cannot be cancelled")
    if row.status == "placed":
        _move_pieces(connection, order, "cancellation", reserved=-1)
    else:
        _move_pieces(connection, order, "cancellation", on_hand=1)
    members.credit(connection, row.member, -row.total_cents)
    _become(connection, order, "cancelled")


def _returned(connection: Connection, order: int) -> bool:
    back = select(order_lines.c.sku).where(order_lines.c.order == order, order_lines.c.returned > 0)
    return connection.execute(back.limit(1)).first() is not None


def take_back(connection: Connection, shop: Shop, order: int, wanted: bodies.NewReturn) -> list[tuple[int, int, int]]:
    """Goods of an order come back, at the location named or where they were taken from; returns (sku, location, units)."""
    row = lock(connection, order)
    if row.status not in ("completed", "shipped"):
        refuse("order_not_open", f"order {order} is {row.status}: nothing of it can come back")
    kept = {
        line.sku: line for line in connection.execute(select(order_lines).where(order_lines.c.order == order)).all()
    }
    units = _coming_back(connection, kept, wanted)
    origin = {piece.sku: piece.location for piece in reversed(_given(connection, order))}
    named = shop.location(wanted.location).id if wanted.location is not None else None
    first = shop.locations[0].id  # where nothing was taken, because more was promised than there was
    pieces = [(sku, origin.get(sku, first) if named is None else named, quantity) for sku, quantity in units.items()]
    stock.lock(connection, {sku for sku, _, _ in pieces}, {location for _, location, _ in pieces})
    moves = [Move(sku, location, on_hand=quantity) for sku, location, quantity in pieces]
    stock.move(connection, "return", f"order {order}", time.time(), moves)
    for sku, quantity in units.items():
        line = (order_lines.c.order == order) & (order_lines.c.sku == sku)
        connection.execute(update(order_lines).where(line).values(returned=order_lines.c.returned + quantity))
    members.credit(connection, row.member, -sum(kept[sku].price_cents * quantity for sku, quantity in units.items()))
    return pieces


def _coming_back(connection: Connection, kept: dict[int, Row], wanted: bodies.NewReturn) -> dict[int, int]:
    """Units by SKU number; 409 where more would come back than went, or nothing is left to."""
    left = {sku: line.quantity - line.returned for sku, line in kept.items()}
    if wanted.lines is None:
        units = {sku: quantity for sku, quantity in left.items() if quantity}
        return units or refuse("over_returned", "everything has come back already", short=[])
    by_code = bodies.merged(wanted.lines)
    skus = find_skus(connection, list(by_code))
    short = [
        {"sku": code, "wanted": quantity, "available": left.get(skus[code][0], 0)}
        for code, quantity in by_code.items()
        if quantity > left.get(skus[code][0], 0)
    ]
    if short:
        refuse("over_returned", "more would come back than went", short=short)
    return {skus[code][0]: quantity for code, quantity in by_code.items()}
