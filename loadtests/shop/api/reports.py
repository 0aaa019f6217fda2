"""Reports for a manager: sales and stock by location."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import Float, cast, func, select

from loadtests.shop.api import bodies
from loadtests.shop.state import TheShop
from loadtests.shop.storage import stock
from loadtests.shop.storage.tables import order_lines, orders, skus

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/sales")
def report_sales(shop: TheShop, run: str | None = None) -> bodies.SalesReport:
    """Orders that stand, net of what came back, by till location (null: online); of one run, or of all."""
    kept = order_lines.c.quantity - order_lines.c.returned
    sales = (
        select(
            orders.c.location,
            func.count(orders.c.id.distinct()).label("orders"),
            func.sum(kept).label("units"),
            func.sum(cast(kept, Float(53)) * order_lines.c.price_cents).label("cents"),
        )
        .join(order_lines, order_lines.c.order == orders.c.id)
        .where(orders.c.status != "cancelled")
        .group_by(orders.c.location)
    )
    if run is not None:
        sales = sales.where(orders.c.run == run)
    with shop.database.read() as connection:
        rows = connection.execute(sales.order_by(orders.c.location)).all()
    return bodies.SalesReport(
        currency=shop.currency,
        orders=sum(row.orders for row in rows),
        units=sum(row.units for row in rows),
        value=sum(row.cents for row in rows) / 100,
        locations=[
            bodies.SalesAt(
                location=None if row.location is None else shop.locations[row.location].code,
                orders=row.orders,
                units=row.units,
                value=row.cents / 100,
            )
            for row in rows
        ],
    )


@router.get("/stock")
def report_stock(shop: TheShop) -> bodies.StockReport:
    """Units by location, and what those on hand are worth at list price."""
    seen = stock.seen(shop.seen_at())
    sums = [func.sum(seen.c[name]).label(name) for name in ("on_hand", "reserved", "in_transit")]
    by_location = (
        select(seen.c.location, *sums, func.sum(cast(seen.c.on_hand, Float(53)) * skus.c.price_cents).label("cents"))
        .join(skus, skus.c.id == seen.c.sku)
        .group_by(seen.c.location)
        .order_by(seen.c.location)
    )
    with shop.database.read() as connection:
        rows = connection.execute(by_location).all()
    return bodies.StockReport(
        currency=shop.currency,
        locations=[
            bodies.StockValue(
                location=shop.locations[row.location].code,
                on_hand=row.on_hand,
                reserved=row.reserved,
                in_transit=row.in_transit,
                value=float(row.cents) / 100,
            )
            for row in rows
        ],
    )
