"""What goes over the wire: the requests the shop understands and the answers it gives. Quantities are units, prices in the currency."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from loadtests.shop.sourcing import LINES_AT_MOST

MOST_UNITS = 1_000_000
Units = Annotated[int, Field(ge=1, le=MOST_UNITS)]
MemberNumber = Annotated[int, Field(ge=0, lt=2**63)]


class Body(BaseModel):
    """A request; a field the shop does not know is a mistake, not a wish to be ignored."""

    model_config = ConfigDict(extra="forbid")


class Line(Body):
    sku: str
    quantity: Units


class UnitsOf(BaseModel):
    """A line of an answer."""

    sku: str
    quantity: int


Lines = Annotated[list[Line], Field(min_length=1, max_length=LINES_AT_MOST)]


def merged(lines: list[Line]) -> dict[str, int]:
    """Units by SKU code: lines that name the same SKU are one."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return units


class NewCart(Body):
    location: str | None = None
    member: MemberNumber | None = None


class Cart(BaseModel):
    id: str
    location: str | None
    member: int | None
    lines: list[UnitsOf]
    order: int | None
    """What it became; null while it is open."""


class Checkout(Body):
    ship_to: str | None = None
    """Region of an online order; the first one where none is named."""


class NewOrder(Checkout):
    location: str | None = None
    """The store whose till sells; null: an online order, sourced over all locations."""
    member: MemberNumber | None = None
    lines: Lines


class OrderLine(UnitsOf):
    price: float
    returned: int


class Piece(UnitsOf):
    location: str


class OrderSummary(BaseModel):
    id: int
    status: Literal["completed", "placed", "shipped", "cancelled"]
    total: float


class Order(OrderSummary):
    location: str | None
    ship_to: str | None
    member: int | None
    run: str | None
    currency: str
    placed_at: float
    """Seconds since 1970, UTC."""
    lines: list[OrderLine]
    pieces: list[Piece]
    """Which location gives what."""


class OrderPage(BaseModel):
    items: list[OrderSummary]
    next: int | None


class Cancellation(BaseModel):
    cancelled: int
    remaining: int
    kept: int
    """Orders that can no longer be cancelled: shipped, or partly returned."""


class NewReturn(Body):
    location: str | None = None
    """Where the goods come back to; null: where they were taken from."""
    lines: Lines | None = None
    """Null: everything that has not come back yet."""


class Return(BaseModel):
    order: int
    lines: list[Piece]


class NewReceipt(Body):
    location: str
    reference: Annotated[str, Field(max_length=128)] | None = None
    lines: Lines


class Receipt(BaseModel):
    location: str
    lines: list[UnitsOf]
    units: int


class CountedLine(Body):
    sku: str
    counted: Annotated[int, Field(ge=0, le=1_000_000_000)]


class NewCount(Body):
    location: str
    lines: Annotated[list[CountedLine], Field(min_length=1, max_length=LINES_AT_MOST)]


class GapLine(BaseModel):
    sku: str
    counted: int
    book: int
    gap: int
    """Counted less book."""


class Count(BaseModel):
    location: str
    lines: list[GapLine]


class NewTransfer(Body):
    origin: str
    destination: str
    lines: Lines


class Transfer(BaseModel):
    id: int
    origin: str
    destination: str
    status: Literal["sent", "arrived"]
    lines: list[UnitsOf]


class Product(BaseModel):
    sku: str
    name: str
    price: float


class ProductPage(BaseModel):
    items: list[Product]
    next: str | None


class ProductDetail(Product):
    currency: str
    available: int


class StockUnits(BaseModel):
    on_hand: int
    reserved: int
    available: int
    """On hand, less reserved."""
    in_transit: int


class StockAt(StockUnits):
    location: str


class StockOfSku(BaseModel):
    sku: str
    available: int
    locations: list[StockAt]


class StockTotal(StockUnits):
    sku: str


class StockPage(BaseModel):
    items: list[StockTotal]
    next: str | None


class Member(BaseModel):
    number: int
    points: int


class Offer(BaseModel):
    code: str
    name: str
    points: int
    affordable: bool


class Offers(BaseModel):
    offers: list[Offer]


class NewRedemption(Body):
    offer: str


class Redemption(BaseModel):
    member: int
    offer: str
    points_left: int


class SalesAt(BaseModel):
    location: str | None
    orders: int
    units: int
    value: float


class SalesReport(BaseModel):
    currency: str
    orders: int
    units: int
    value: float
    locations: list[SalesAt]


class StockValue(BaseModel):
    location: str
    on_hand: int
    reserved: int
    in_transit: int
    value: float


class StockReport(BaseModel):
    currency: str
    locations: list[StockValue]


class Place(BaseModel):
    code: str
    kind: str
    region: str


class ShopCard(BaseModel):
    version: Literal[1] = 1
    currency: str
    skus: int
    members: int
    locations: list[Place]


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    database: Literal["sqlite", "postgresql"]
    worker: int
    """Process id of the worker that answered."""
