"""Members: points for what they buy, and offers that cost points."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import Connection, insert, select, update

from loadtests.shop.api import bodies
from loadtests.shop.problems import refuse, unknown
from loadtests.shop.state import TheShop
from loadtests.shop.storage.tables import members, offers, redemptions

router = APIRouter(tags=["members"])
Number = Annotated[int, Path(ge=0, lt=2**63)]


def check(connection: Connection, member: int) -> None:
    """Raises 422 where no member has that number."""
    if connection.scalar(select(members.c.number).where(members.c.number == member)) is None:
        unknown("member", member, status=422)


def credit(connection: Connection, member: int | None, cents: int) -> None:
    """One point for each whole unit of currency; negative cents take it back, even below 0 when points were spent already."""
    if member is not None:
        points = abs(cents) // 100 * (1 if cents > 0 else -1)
        connection.execute(update(members).where(members.c.number == member).values(points=members.c.points + points))


@router.get("/members/{number}")
def read_member(number: Number, shop: TheShop) -> bodies.Member:
    """A member."""
    with shop.database.read() as connection:
        return bodies.Member(number=number, points=_points(connection, number))


@router.get("/members/{number}/offers")
def list_offers(number: Number, shop: TheShop) -> bodies.Offers:
    """The offers, cheapest first, and whether the member's points cover each."""
    with shop.database.read() as connection:
        points = _points(connection, number)
        rows = connection.execute(select(offers).order_by(offers.c.points, offers.c.code)).all()
    return bodies.Offers(
        offers=[bodies.Offer(**row._mapping, affordable=row.points <= points) for row in rows],
    )


@router.post("/members/{number}/redemptions", status_code=201)
def redeem_offer(number: Number, wanted: bodies.NewRedemption, shop: TheShop) -> bodies.Redemption:
    """Pay an offer with points; 409 where they do not cover it."""
    with shop.database.write() as connection:
        cost = connection.scalar(select(offers.c.points).where(offers.c.code == wanted.offer))
        if cost is None:
            unknown("offer", wanted.offer, status=422)
        enough = (members.c.number == number) & (members.c.points >= cost)
        paid = update(members).where(enough).values(points=members.c.points - cost).returning(members.c.points)
        left = connection.scalar(paid)
        if left is None:
            refuse("not_enough_points", f"{wanted.offer} costs {cost} points", points=_points(connection, number))
        connection.execute(insert(redemptions).values(member=number, offer=wanted.offer, at=time.time()))
        return bodies.Redemption(member=number, offer=wanted.offer, points_left=left)


def _points(connection: Connection, number: int) -> int:
    points = connection.scalar(select(members.c.points).where(members.c.number == number))
    return unknown("member", number) if points is None else points
