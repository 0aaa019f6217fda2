"""The shop's tables. Constraints repeat the invariants of the code, so that no defect in it can sell a unit twice."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

metadata = MetaData()

# SQLite numbers rows by itself only where the key's type is INTEGER.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

settings = Table(
    "settings", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False)
)

locations = Table(
    "locations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("region", String, nullable=False),
)

skus = Table(
    "skus",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("price_cents", BigInteger, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    Column("sku", ForeignKey("skus.id"), primary_key=True),
    Column("location", ForeignKey("locations.id"), primary_key=True),
    Column("opening", BigInteger, nullable=False),
    Column("on_hand", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False, default=0),
    Column("in_transit", BigInteger, nullable=False, default=0),
    CheckConstraint("reserved >= 0 AND on_hand >= reserved", name="nothing_promised_twice"),
    CheckConstraint("in_transit >= 0", name="nothing_arrives_twice"),
    sqlite_with_rowid=False,
)
"""Units by SKU and location: `reserved` are those on hand that placed orders wait for; `in_transit` are on their way here."""

movements = Table(
    "movements",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("at", Float(53), nullable=False),
    Column("kind", String, nullable=False),
    Column("reference", String),
    Column("sku", Integer, nullable=False),
    Column("location", Integer, nullable=False),
    Column("on_hand", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("in_transit", BigInteger, nullable=False),
    Index("movements_by_time", "at"),
)
"""Every change of a stock row, written in the transaction that changed it: stock = opening + Σ movements, at any instant."""

members = Table(
    "members",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("points", BigInteger, nullable=False),
)

offers = Table(
    "offers",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("points", BigInteger, nullable=False),
)

redemptions = Table(
    "redemptions",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("member", ForeignKey("members.number"), nullable=False),
    Column("offer", ForeignKey("offers.code"), nullable=False),
    Column("at", Float(53), nullable=False),
)

carts = Table(
    "carts",
    metadata,
    Column("id", String, primary_key=True),
    Column("location", ForeignKey("locations.id")),
    Column("member", ForeignKey("members.number")),
    Column("run", String),
    Column("order", BigInteger),
)

cart_lines = Table(
    "cart_lines",
    metadata,
    Column("cart", ForeignKey("carts.id"), primary_key=True),
    Column("sku", ForeignKey("skus.id"), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    CheckConstraint("quantity > 0", name="a_line_asks_for_something"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("placed_at", Float(53), nullable=False),
    Column("status", String, nullable=False),
    Column("location", ForeignKey("locations.id")),
    Column("ship_to", String),
    Column("member", ForeignKey("members.number")),
    Column("run", String),
    Column("total_cents", BigInteger, nullable=False),
    Column("key", String, unique=True),
    Column("request", String, nullable=False),
    Index("orders_by_run", "run", "id"),
)
"""`location` is the till's store, null online; `key` the client's idempotency key and `request` a digest of what came with it."""

order_lines = Table(
    "order_lines",
    metadata,
    Column("order", ForeignKey("orders.id"), primary_key=True),
    Column("sku", ForeignKey("skus.id"), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("price_cents", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False, default=0),
    CheckConstraint("returned >= 0 AND returned <= quantity", name="no_more_comes_back_than_went"),
)

order_pieces = Table(
    "order_pieces",
    metadata,
    Column("order", ForeignKey("orders.id"), primary_key=True),
    Column("sku", ForeignKey("skus.id"), primary_key=True),
    Column("location", ForeignKey("locations.id"), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
"""Which location gives how much of an order's line."""

transfers = Table(
    "transfers",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("origin", ForeignKey("locations.id"), nullable=False),
    Column("destination", ForeignKey("locations.id"), nullable=False),
    Column("status", String, nullable=False),
    Column("sent_at", Float(53), nullable=False),
)

transfer_lines = Table(
    "transfer_lines",
    metadata,
    Column("transfer", ForeignKey("transfers.id"), primary_key=True),
    Column("sku", ForeignKey("skus.id"), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
