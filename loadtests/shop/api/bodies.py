"""Bodies of the shop's requests and answers. Quantities are units, prices in the currency."""

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
    """A line of a request: units of a SKU."""

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
    """A cart to be opened."""

    location: str | None = None
    member: MemberNumber | None = None


class Cart(BaseModel):
    """An open cart."""

    id: str
    location: str | None
    member: int | None
    lines: list[UnitsOf]
    order: int | None
    """What it became; null while it is open."""


class Checkout(Body):
    """The cart's order: where it goes."""

    ship_to: str | None = None
    """Region of an online order; the first one where none is named."""


class NewOrder(Checkout):
    """An order without a cart: a ticket at a till, or an online order."""

    location: str | None = None
    """The store whose till sells; null: an online order, sourced over all locations."""
    member: MemberNumber | None = None
    lines: Lines


class OrderLine(UnitsOf):
    """A line of an order, with the price of a unit and the units that came back."""

    price: float
    returned: int


class Piece(UnitsOf):
    """Units of an order line, and the location that they are taken from."""

    location: str


class OrderSummary(BaseModel):
    """An order in a list."""

    id: int
    status: Literal["completed", "placed", "shipped", "cancelled"]
    total: float


class Order(OrderSummary):
    """An order with its lines."""

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
    """A page of orders; `next` asks for the following one."""

    items: list[OrderSummary]
    next: int | None


class Cancellation(BaseModel):
    """What cancelling a run's orders came to."""

    cancelled: int
    remaining: int
    kept: int
    """Orders that can no longer be cancelled: shipped, or partly returned."""


class NewReturn(Body):
    """Goods of an order that come back."""

    location: str | None = None
    """Where the goods come back to; null: where they were taken from."""
    lines: Lines | None = None
    """Null: everything that has not come back yet."""


class Return(BaseModel):
    """Goods that came back, and to where."""

    order: int
    lines: list[Piece]


class NewReceipt(Body):
    """A delivery to a location."""

    location: str
    reference: Annotated[str, Field(max_length=128)] | None = None
    lines: Lines


class Receipt(BaseModel):
    """A delivery that was booked."""

    location: str
    lines: list[UnitsOf]
    units: int


class CountedLine(Body):
    """Units of a SKU found on a shelf."""

    sku: str
    counted: Annotated[int, Field(ge=0, le=1_000_000_000)]


class NewCount(Body):
    """A stock count at a location."""

    location: str
    lines: Annotated[list[CountedLine], Field(min_length=1, max_length=LINES_AT_MOST)]


class GapLine(BaseModel):
    """A counted SKU beside its book: `gap` is counted less book."""

    sku: str
    counted: int
    book: int
    gap: int
    """Counted less book."""


class Count(BaseModel):
    """A stock count that was booked."""

    location: str
    lines: list[GapLine]


class NewTransfer(Body):
    """Goods to be moved between two locations."""

    origin: str
    destination: str
    lines: Lines


class Transfer(BaseModel):
    """Goods on their way between two locations, or arrived."""

    id: int
    origin: str
    destination: str
    status: Literal["sent", "arrived"]
    lines: list[UnitsOf]


class Product(BaseModel):
    """A product in a list."""

    sku: str
    name: str
    price: float


class ProductPage(BaseModel):
    """A page of products; `next` asks for the following one."""

    items: list[Product]
    next: str | None


class ProductDetail(Product):
    """A product with its currency and the units available over all locations."""

    currency: str
    available: int


class StockUnits(BaseModel):
    """Stock in units."""

    on_hand: int
    reserved: int
    available: int
    """On hand, less reserved."""
    in_transit: int


class StockAt(StockUnits):
    """A SKU's stock at one location."""

    location: str


class StockOfSku(BaseModel):
    """A SKU's stock, location by location."""

    sku: str
    available: int
    locations: list[StockAt]


class StockTotal(StockUnits):
    """A SKU's stock over all locations."""

    sku: str


class StockPage(BaseModel):
    """A page of stock; `next` asks for the following one."""

    items: list[StockTotal]
    next: str | None


class Member(BaseModel):
    """A member and the points collected."""

    number: int
    points: int


class Offer(BaseModel):
    """An offer, its price in points, and whether the member can afford it."""

    code: str
    name: str
    points: int
    affordable: bool


class Offers(BaseModel):
    """The offers open to a member."""

    offers: list[Offer]


class NewRedemption(Body):
    """An offer to be redeemed."""

    offer: str


class Redemption(BaseModel):
    """A redeemed offer and the points left."""

    member: int
    offer: str
    points_left: int


class SalesAt(BaseModel):
    """Sales of a location; null for online orders."""

    location: str | None
    orders: int
    units: int
    value: float


class SalesReport(BaseModel):
    """Sales of all locations."""

    currency: str
    orders: int
    units: int
    value: float
    locations: list[SalesAt]


class StockValue(BaseModel):
    """Stock of a location, in units and at its price."""

    location: str
    on_hand: int
    reserved: int
    in_transit: int
    value: float


class StockReport(BaseModel):
    """Stock of every location."""

    currency: str
    locations: list[StockValue]


class Place(BaseModel):
    """A location of the shop."""

    code: str
    kind: str
    region: str


class ShopCard(BaseModel):
    """What the shop has: its locations and how many SKUs and members."""

    version: Literal[1] = 1
    currency: str
    skus: int
    members: int
    locations: list[Place]


class Health(BaseModel):
    """That the shop answers, and with which database."""

    status: Literal["ok"] = "ok"
    database: Literal["sqlite", "postgresql"]
    worker: int
    """Process id of the worker that answered."""
