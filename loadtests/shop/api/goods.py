"""Stock movements other than sales: receipts from suppliers, counts, and transfers between locations."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import Connection, Row, insert, select, update

from loadtests.shop.api import bodies
from loadtests.shop.api.bodies import Transfer
from loadtests.shop.problems import Problem, refuse, unknown
from loadtests.shop.state import Shop, TheShop, find_skus
from loadtests.shop.storage import stock
from loadtests.shop.storage.stock import Move
from loadtests.shop.storage.tables import skus, transfer_lines, transfers

router = APIRouter(tags=["goods"])
TransferId = Annotated[int, Path(ge=1, lt=2**63)]


@router.post("/receipts", status_code=201)
def receive_goods(wanted: bodies.NewReceipt, shop: TheShop) -> bodies.Receipt:
    """Units from outside come to a location."""
    location = shop.location(wanted.location)
    units = bodies.merged(wanted.lines)
    with shop.database.write() as connection:
        known = find_skus(connection, list(units))
        numbers = [number for number, _ in known.values()]
        stock.lock(connection, numbers, [location.id])
        moves = [Move(known[code][0], location.id, on_hand=quantity) for code, quantity in units.items()]
        stock.move(connection, "receipt", wanted.reference, time.time(), moves)
    lines = [bodies.UnitsOf(sku=code, quantity=quantity) for code, quantity in units.items()]
    return bodies.Receipt(location=location.code, lines=lines, units=sum(units.values()))


@router.post("/counts", status_code=201)
def count_stock(wanted: bodies.NewCount, shop: TheShop) -> bodies.Count:
    """What was counted becomes the book. 409 where less was counted than placed orders wait for."""
    location = shop.location(wanted.location)
    counted = {line.sku: line.counted for line in wanted.lines}
    if len(counted) < len(wanted.lines):
        raise Problem(422, "invalid", "a count names each SKU once", errors=[])
    with shop.database.write() as connection:
        known = find_skus(connection, list(counted))
        codes = {number: code for code, (number, _) in known.items()}
        rows = stock.lock(connection, list(codes), [location.id])
        for row in rows:
            if counted[codes[row.sku]] < row.reserved:
                refuse("below_reserved", f"placed orders wait for {row.reserved} units of {codes[row.sku]}")
        gaps = [
            bodies.GapLine(sku=code, counted=counted[code], book=row.on_hand, gap=counted[code] - row.on_hand)
            for row in rows
            for code in [codes[row.sku]]
        ]
        moves = [Move(row.sku, location.id, on_hand=line.gap) for row, line in zip(rows, gaps, strict=True) if line.gap]
        stock.move(connection, "count", None, time.time(), moves)
    return bodies.Count(location=location.code, lines=gaps)


@router.post("/transfers", status_code=201)
def send_transfer(wanted: bodies.NewTransfer, shop: TheShop) -> Transfer:
    """Units leave their origin and are in transit to their destination until they arrive there."""
    origin, destination = shop.location(wanted.origin), shop.location(wanted.destination)
    if origin == destination:
        raise Problem(422, "invalid", "a transfer goes from one location to another", errors=[])
    units = bodies.merged(wanted.lines)
    now = time.time()
    with shop.database.write() as connection:
        known = find_skus(connection, list(units))
        codes = {number: code for code, (number, _) in known.items()}
        rows = stock.lock(connection, list(codes), [origin.id, destination.id])
        short = [
            {"sku": codes[row.sku], "wanted": units[codes[row.sku]], "available": row.on_hand - row.reserved}
            for row in rows
            if row.location == origin.id and row.on_hand - row.reserved < units[codes[row.sku]]
        ]
        if short:
            refuse("out_of_stock", f"{origin.code} has not enough units", short=short)
        row = {"origin": origin.id, "destination": destination.id, "status": "sent", "sent_at": now}
        transfer = connection.scalar(insert(transfers).values(row).returning(transfers.c.id))
        sent = {number: units[code] for number, code in codes.items()}
        connection.execute(
            insert(transfer_lines),
            [{"transfer": transfer, "sku": sku, "quantity": quantity} for sku, quantity in sent.items()],
        )
        moves = [Move(sku, origin.id, on_hand=-quantity) for sku, quantity in sent.items()]
        moves += [Move(sku, destination.id, in_transit=quantity) for sku, quantity in sent.items()]
        stock.move(connection, "transfer", f"transfer {transfer}", now, moves)
        return _describe(connection, shop, transfer)


@router.get("/transfers/{transfer}")
def read_transfer(transfer: TransferId, shop: TheShop) -> Transfer:
    """A transfer and its lines."""
    with shop.database.read() as connection:
        return _describe(connection, shop, transfer)


@router.post("/transfers/{transfer}/arrival")
def arrive(transfer: TransferId, shop: TheShop) -> Transfer:
    """The units of a transfer are on hand at its destination."""
    with shop.database.write() as connection:
        row = _find(connection, transfer, lock=True)
        if row.status != "sent":
            refuse("transfer_closed", f"transfer {transfer} has arrived already")
        lines = _lines(connection, transfer)
        stock.lock(connection, [line.sku for line in lines], [row.destination])
        moves = [Move(line.sku, row.destination, on_hand=line.quantity, in_transit=-line.quantity) for line in lines]
        stock.move(connection, "arrival", f"transfer {transfer}", time.time(), moves)
        connection.execute(update(transfers).where(transfers.c.id == transfer).values(status="arrived"))
        return _describe(connection, shop, transfer)


def _find(connection: Connection, transfer: int, *, lock: bool = False) -> Row:
    row = select(transfers).where(transfers.c.id == transfer)
    return connection.execute(row.with_for_update() if lock else row).one_or_none() or unknown("transfer", transfer)


def _lines(connection: Connection, transfer: int) -> list[Row]:
    lines = select(transfer_lines.c.sku, skus.c.code, transfer_lines.c.quantity)
    lines = lines.join(skus, skus.c.id == transfer_lines.c.sku).where(transfer_lines.c.transfer == transfer)
    return list(connection.execute(lines.order_by(transfer_lines.c.sku)))


def _describe(connection: Connection, shop: Shop, transfer: int) -> Transfer:
    row = _find(connection, transfer)
    return Transfer(
        id=row.id,
        origin=shop.locations[row.origin].code,
        destination=shop.locations[row.destination].code,
        status=row.status,
        lines=[bodies.UnitsOf(sku=line.code, quantity=line.quantity) for line in _lines(connection, transfer)],
    )
