"""Units by SKU and location: lock the rows, decide, move. Nothing else in the shop writes to the stock table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Subquery, bindparam, func, insert, select, true, update

from loadtests.shop.problems import refuse
from loadtests.shop.storage.tables import movements, stock


@dataclass(frozen=True)
class Move:
    """A change of one row of stock, in units."""

    sku: int
    location: int
    on_hand: int = 0
    reserved: int = 0
    in_transit: int = 0


_FIELDS = ("on_hand", "reserved", "in_transit")
_GUARDED = (
    update(stock)
    .where(
        stock.c.sku == bindparam("at_sku"),
        stock.c.location == bindparam("at_location"),
        stock.c.reserved + bindparam("d_reserved") >= 0,
        stock.c.on_hand + bindparam("d_on_hand") >= stock.c.reserved + bindparam("d_reserved"),
        stock.c.in_transit + bindparam("d_in_transit") >= 0,
    )
    .values({name: stock.c[name] + bindparam(f"d_{name}") for name in _FIELDS})
)
_SKUS = stock.c.sku.in_(bindparam("skus", expanding=True))
_LOCATIONS = stock.c.location.in_(bindparam("locations", expanding=True))
_EVERYWHERE = (
    select(stock.c.sku, stock.c.location, stock.c.on_hand, stock.c.reserved)
    .where(_SKUS)
    .order_by(stock.c.sku, stock.c.location)
    .with_for_update()
)
_SOMEWHERE = _EVERYWHERE.where(_LOCATIONS)
_NOTE = insert(movements)


def lock(connection: Connection, skus: Collection[int], locations: Collection[int] | None = None) -> list[Row]:
    """Read the rows of these SKUs, at these locations or at all, and lock them until the transaction ends.

    On PostgreSQL rows are locked in the order (sku, location), the same in every transaction, so that there is no deadlock;
    on SQLite the transaction has the only write lock already.
    """
    if locations is None:
        return list(connection.execute(_EVERYWHERE, {"skus": list(skus)}))
    return list(connection.execute(_SOMEWHERE, {"skus": list(skus), "locations": list(locations)}))


def move(connection: Connection, kind: str, reference: str | None, at: float, moves: Iterable[Move]) -> None:
    """Apply changes to locked rows and record them as movements; 409 where one would promise or lose units that are not there."""
    moves = list(moves)
    if not moves:
        return
    changed = connection.execute(
        _GUARDED,
        [
            {
                "at_sku": change.sku,
                "at_location": change.location,
                "d_on_hand": change.on_hand,
                "d_reserved": change.reserved,
                "d_in_transit": change.in_transit,
            }
            for change in moves
        ],
    )
    if changed.rowcount != len(moves):
        refuse("out_of_stock", "the units are no longer there", short=[])
    connection.execute(_NOTE, [{"at": at, "kind": kind, "reference": reference, **vars(change)} for change in moves])


def seen(at: float | None, sku: int | None = None) -> Subquery:
    """The stock table, or a SKU's part of it, as it stood at an instant (None: as it stands).

    Readers of a copy that is synchronised late see this.
    """
    here = true() if sku is None else stock.c.sku == sku
    if at is None:
        return select(stock).where(here).subquery()
    since = (
        select(movements.c.sku, movements.c.location, *(func.sum(movements.c[name]).label(name) for name in _FIELDS))
        .where(movements.c.at > at, true() if sku is None else movements.c.sku == sku)
        .group_by(movements.c.sku, movements.c.location)
        .subquery()
    )
    return (
        select(
            stock.c.sku,
            stock.c.location,
            *((stock.c[name] - func.coalesce(since.c[name], 0)).label(name) for name in _FIELDS),
        )
        .join_from(stock, since, (stock.c.sku == since.c.sku) & (stock.c.location == since.c.location), isouter=True)
        .where(here)
        .subquery()
    )
