"""Whatever sequence of errands a day brings, the shop's stock equals that of a plain reference model."""

from __future__ import annotations

from collections import Counter

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from loadtests.shop.storage.tables import stock

PLACES = ["SH01", "SH02", "SH03", "WH01"]
SKUS = ["TEA", "RICE", "LAST", "NONE"]
wanted = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 12), min_size=1, max_size=3)
place = st.sampled_from(PLACES)
pick = st.integers(0, 5)


def lines(units):
    return [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]


class Day(RuleBasedStateMachine):
    """Three dictionaries of units by (sku, location), and the orders and transfers that are known."""

    shop = None

    def __init__(self):
        super().__init__()
        self.on_hand, self.reserved, self.in_transit = Counter(), Counter(), Counter()
        for key, row in self.rows():
            self.on_hand[key], self.reserved[key], self.in_transit[key] = row.on_hand, row.reserved, row.in_transit
        self.orders, self.transfers = [], []

    def rows(self):
        """The stock table, by (sku, location)."""
        with self.shop.database.read() as connection:
            return [((SKUS[row.sku], PLACES[row.location]), row) for row in connection.execute(select(stock))]

    def available(self, sku, location):
        return self.on_hand[sku, location] - self.reserved[sku, location]

    @rule(units=wanted, at=place)
    def sell_at_a_till(self, units, at):
        answer = self.shop.post("/orders", json={"location": at, "lines": lines(units)})
        assert (answer.status_code == 201) == all(units[sku] <= self.available(sku, at) for sku in units)
        if answer.status_code == 201:
            for sku in units:
                self.on_hand[sku, at] -= units[sku]
            self.orders.append(answer.json())

    @rule(units=wanted, region=st.sampled_from(["EAST", "SOUTH"]))
    def order_online(self, units, region):
        answer = self.shop.post("/orders", json={"ship_to": region, "lines": lines(units)})
        enough = all(units[sku] <= sum(self.available(sku, at) for at in PLACES) for sku in units)
        assert (answer.status_code == 201) == enough
        if enough:
            given = Counter()
            for piece in answer.json()["pieces"]:
                self.reserved[piece["sku"], piece["location"]] += piece["quantity"]
                given[piece["sku"]] += piece["quantity"]
            assert given == units
            self.orders.append(answer.json())

    def known(self, which):
        return self.orders[which % len(self.orders)] if self.orders else None

    @rule(which=pick)
    def ship(self, which):
        if order := self.known(which):
            answer = self.shop.post(f"/orders/{order['id']}/ship")
            assert (answer.status_code == 200) == (order["status"] == "placed")
            if answer.status_code == 200:
                for piece in order["pieces"]:
                    self.on_hand[piece["sku"], piece["location"]] -= piece["quantity"]
                    self.reserved[piece["sku"], piece["location"]] -= piece["quantity"]
                order.update(answer.json())

    @rule(which=pick)
    def cancel(self, which):
        if order := self.known(which):
            answer = self.shop.post(f"/orders/{order['id']}/cancel")
            came_back = any(line["returned"] for line in order["lines"])
            allowed = order["status"] in ("placed", "cancelled") or (order["status"] == "completed" and not came_back)
            assert (answer.status_code == 200) == allowed
            if allowed:
                book = {"placed": self.reserved, "completed": self.on_hand}.get(order["status"], Counter())
                for piece in order["pieces"]:
                    book[piece["sku"], piece["location"]] += piece["quantity"] * (1 if book is self.on_hand else -1)
                order.update(answer.json())

    @rule(which=pick, at=place, line=pick, quantity=st.integers(1, 12))
    def bring_back(self, which, at, line, quantity):
        if order := self.known(which):
            line = order["lines"][line % len(order["lines"])]
            body = {"location": at, "lines": [{"sku": line["sku"], "quantity": quantity}]}
            answer = self.shop.post(f"/orders/{order['id']}/returns", json=body)
            left = line["quantity"] - line["returned"]
            assert (answer.status_code == 201) == (order["status"] in ("completed", "shipped") and quantity <= left)
            if answer.status_code == 201:
                self.on_hand[line["sku"], at] += quantity
                order.update(self.shop.get(f"/orders/{order['id']}").json())

    @rule(units=wanted, at=place)
    def receive(self, units, at):
        assert self.shop.post("/receipts", json={"location": at, "lines": lines(units)}).status_code == 201
        for sku in units:
            self.on_hand[sku, at] += units[sku]

    @rule(units=wanted, at=place)
    def count(self, units, at):
        body = {"location": at, "lines": [{"sku": sku, "counted": units[sku]} for sku in units]}
        answer = self.shop.post("/counts", json=body)
        assert (answer.status_code == 201) == all(units[sku] >= self.reserved[sku, at] for sku in units)
        if answer.status_code == 201:
            for line in answer.json()["lines"]:
                assert line["book"] == self.on_hand[line["sku"], at]
                assert line["gap"] == line["counted"] - line["book"]
                self.on_hand[line["sku"], at] = line["counted"]

    @rule(units=wanted, ends=st.permutations(PLACES))
    def send(self, units, ends):
        origin, destination = ends[:2]
        body = {"origin": origin, "destination": destination, "lines": lines(units)}
        answer = self.shop.post("/transfers", json=body)
        assert (answer.status_code == 201) == all(units[sku] <= self.available(sku, origin) for sku in units)
        if answer.status_code == 201:
            for sku in units:
                self.on_hand[sku, origin] -= units[sku]
                self.in_transit[sku, destination] += units[sku]
            self.transfers.append((answer.json()["id"], destination, units))

    @rule(which=pick)
    def arrive(self, which):
        if self.transfers:
            transfer, destination, units = self.transfers.pop(which % len(self.transfers))
            assert self.shop.post(f"/transfers/{transfer}/arrival").status_code == 200
            for sku in units:
                self.in_transit[sku, destination] -= units[sku]
                self.on_hand[sku, destination] += units[sku]

    @invariant()
    def the_shop_agrees(self):
        for key, row in self.rows():
            stored = row.on_hand, row.reserved, row.in_transit
            assert stored == (self.on_hand[key], self.reserved[key], self.in_transit[key]), key


def test_stock_agrees_with_a_plain_model_after_every_errand(shop):
    machine = type("DayAtThisShop", (Day,), {"shop": shop})
    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=25, deadline=None))
