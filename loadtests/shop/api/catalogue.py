"""Products, and their stock by location: what a shopper or a clerk may read before buying."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Select, func, select

from loadtests.shop.api import bodies
from loadtests.shop.state import TheShop, find_skus
from loadtests.shop.storage import stock
from loadtests.shop.storage.tables import skus

router = APIRouter()
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/shop", tags=["shop"])
def describe_shop(shop: TheShop) -> bodies.ShopCard:
    """What a client must know before it starts."""
    with shop.database.read() as connection:
        count = connection.scalar(select(func.count()).select_from(skus))
    places = [bodies.Place(code=at.code, kind=at.kind, region=at.region) for at in shop.locations]
    return bodies.ShopCard(currency=shop.currency, skus=count, members=shop.members, locations=places)


@router.get("/products", tags=["catalogue"])
def list_products(shop: TheShop, after: str = "", limit: Limit = 20) -> bodies.ProductPage:
    """SKUs by code, a page at a time."""
    items = _products(shop, select(skus).where(skus.c.code > after).order_by(skus.c.code).limit(limit))
    return bodies.ProductPage(items=items, next=items[-1].sku if len(items) == limit else None)


@router.get("/products/search", tags=["catalogue"])
def search_products(
    shop: TheShop, q: Annotated[str, Query(min_length=1, max_length=100)], limit: Limit = 20
) -> bodies.ProductPage:
    """SKUs whose code begins with the text, or whose name holds it."""
    match = skus.c.code.istartswith(q, autoescape=True) | skus.c.name.icontains(q, autoescape=True)
    return bodies.ProductPage(
        items=_products(shop, select(skus).where(match).order_by(skus.c.code).limit(limit)), next=None
    )


def _products(shop: TheShop, rows: Select) -> list[bodies.Product]:
    with shop.database.read() as connection:
        return [
            bodies.Product(sku=row.code, name=row.name, price=row.price_cents / 100) for row in connection.execute(rows)
        ]


@router.get("/products/{sku}", tags=["catalogue"])
def read_product(sku: str, shop: TheShop) -> bodies.ProductDetail:
    """A product, with the units available."""
    with shop.database.read() as connection:
        number, cents = find_skus(connection, [sku], status=404)[sku]
        name = connection.scalar(select(skus.c.name).where(skus.c.id == number))
        seen = stock.seen(shop.seen_at(), number)
        available = connection.scalar(select(func.sum(seen.c.on_hand - seen.c.reserved)))
    return bodies.ProductDetail(sku=sku, name=name, price=cents / 100, currency=shop.currency, available=available)


@router.get("/stock/{sku}", tags=["stock"])
def read_stock(sku: str, shop: TheShop, location: str | None = None) -> bodies.StockOfSku:
    """Units of a SKU by location; `location` shows one alone."""
    with shop.database.read() as connection:
        number, _ = find_skus(connection, [sku], status=404)[sku]
        seen = stock.seen(shop.seen_at(), number)
        rows = select(seen).order_by(seen.c.location)
        if location is not None:
            rows = rows.where(seen.c.location == shop.location(location, status=404).id)
        at_locations = [
            bodies.StockAt(location=shop.locations[row.location].code, **_units(row))
            for row in connection.execute(rows)
        ]
    return bodies.StockOfSku(sku=sku, available=sum(at.available for at in at_locations), locations=at_locations)


@router.get("/stock", tags=["stock"])
def read_all_stock(
    shop: TheShop,
    sku: Annotated[list[str] | None, Query(max_length=500)] = None,
    after: str = "",
    limit: Limit = 500,
) -> bodies.StockPage:
    """Units over all locations, of the SKUs named or of all, a page at a time: what a stock truth is taken from."""
    seen = stock.seen(shop.seen_at())
    sums = [func.sum(seen.c[name]).label(name) for name in ("on_hand", "reserved", "in_transit")]
    rows = select(skus.c.code, *sums).join(seen, seen.c.sku == skus.c.id).group_by(skus.c.code).order_by(skus.c.code)
    with shop.database.read() as connection:
        if sku:
            find_skus(connection, sku, status=404)
            rows = rows.where(skus.c.code.in_(sku))
        else:
            rows = rows.where(skus.c.code > after).limit(limit)
        items = [bodies.StockTotal(sku=row.code, **_units(row)) for row in connection.execute(rows)]
    return bodies.StockPage(items=items, next=items[-1].sku if not sku and len(items) == limit else None)


def _units(row: Any) -> dict[str, int]:
    return {
        "on_hand": row.on_hand,
        "reserved": row.reserved,
        "available": row.on_hand - row.reserved,
        "in_transit": row.in_transit,
    }
