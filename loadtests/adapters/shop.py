"""The demo shop (`loadtests/shop`): its business refusals are 409s, and it shows its stock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.adapters.auth import Bearer
from loadtests.adapters.base import Adapter, CatalogueCodes, Created, Errand

PAGE = 20
BULK = 200


class Shop(Adapter):
    """The lab's own shop."""

    name = "shop"
    auth = Bearer("RETAIL_LAB_SHOP_TOKEN")

    def adopt(self, found: dict[str, Any]) -> None:
        self.members = found["members"]
        if not self.shelf.skus:
            self.shelf = CatalogueCodes(**found["shelf"])

    def discover(self, errand: Errand) -> dict[str, Any]:
        shop = errand.get("shop", "/shop", needs=("members", "locations")).json
        return {"members": shop["members"], "shelf": {} if self.shelf.skus else self._shelf(errand, shop["locations"])}

    def judge(self, step: str, answer: Any, needs: Sequence[str]) -> tuple[str, str | None]:
        if answer.status == 409:
            return "rejected", _code(answer)
        if answer.status == 503 and "retry-after" in answer.headers:
            return "throttled", _code(answer)
        return super().judge(step, answer, needs)

    def browse(self, errand: Errand) -> None:
        """Look at a page of products, then at the wanted ones."""
        wanted = [self.shelf.skus[sku] for sku in errand.skus]
        errand.get(
            "list",
            "/products",
            params={"after": wanted[0], "limit": PAGE} if wanted else {"limit": PAGE},
            needs="items",
        )
        for code in wanted[:3]:
            errand.think()
            errand.get("product", f"/products/{code}", needs="price")

    def search(self, errand: Errand) -> None:
        """Search products by the beginning of a code."""
        code = self.shelf.skus[errand.skus[0]] if errand.skus else "SKU"
        errand.get("search", "/products/search", params={"q": code[:-1], "limit": PAGE}, needs="items")

    def stock_check(self, errand: Errand) -> None:
        """Read one SKU's stock at every location."""
        for sku in errand.skus[:1]:
            errand.get("stock", f"/stock/{self.shelf.skus[sku]}", needs="available")

    def checkout(self, errand: Errand) -> dict[str, Any]:
        """Order at a till, or online through a cart; the order."""
        lines = self._lines(errand)
        member = errand.customer % self.members if errand.customer >= 0 else None
        if errand.location >= 0 and self.shelf.kinds[errand.location] == "store":
            ticket = {"location": self.shelf.locations[errand.location], "member": member, "lines": lines}
            return self._ordered(errand, "/orders", ticket)
        cart = errand.post("cart", "/carts", json={"member": member}, needs="id").json["id"]
        for line in lines:
            errand.post("add", f"/carts/{cart}/lines", json=line)
        errand.think()
        region = self.shelf.regions[errand.location] if errand.location >= 0 else None
        return self._ordered(errand, f"/carts/{cart}/checkout", {"ship_to": region})

    def order_status(self, errand: Errand) -> dict[str, Any]:
        """Read the order that the journey carries."""
        return errand.get("order", f"/orders/{errand.carried['id']}", needs=("id", "status")).json

    def return_goods(self, errand: Errand) -> None:
        """Bring back what was ordered; an online order is shipped first."""
        order = errand.carried["id"]
        if errand.carried["status"] == "placed":
            errand.post("ship", f"/orders/{order}/ship", repeatable=True)
        where = {"location": self._location(errand), "lines": None}
        back = errand.post("return", f"/orders/{order}/returns", json=where, needs="lines").json["lines"]
        errand.created("return", order, _units(back, sign=-1))

    def receive_goods(self, errand: Errand) -> None:
        """Book a delivery into a location's stock, once per reference."""
        receipt = {
            "location": self._location(errand),
            "reference": f"{self.run_id}/{errand.row}",
            "lines": self._lines(errand),
        }
        lines = errand.post("receipt", "/receipts", json=receipt, needs="lines").json["lines"]
        errand.created("receipt", errand.row, _units(lines, sign=-1))

    def stock_count(self, errand: Errand) -> None:
        """Report a count of the journey's SKUs; the book becomes what was counted."""
        lines = [{"sku": line["sku"], "counted": line["quantity"]} for line in self._lines(errand)]
        count = {"location": self._location(errand), "lines": lines}
        counted = errand.post("count", "/counts", json=count, needs="lines").json["lines"]
        errand.created("count", errand.row, {line["sku"]: -line["gap"] for line in counted})

    def transfer_stock(self, errand: Errand) -> None:
        """From the trace's location to a warehouse; the trace does not name the other end. A shop of one location transfers nothing."""
        lines, origin = self._lines(errand), self._location(errand)
        places = zip(self.shelf.locations, self.shelf.kinds, strict=True)
        others = sorted((kind != "warehouse", code) for code, kind in places if code != origin)
        if not others:
            errand.end("rejected", "transfer", "no other location")
        transfer = {"origin": origin, "destination": others[0][1], "lines": lines}
        number = errand.post("transfer", "/transfers", json=transfer, needs="id").json["id"]
        errand.created("transfer", number, _units(lines))
        errand.think()
        errand.post("arrival", f"/transfers/{number}/arrival", repeatable=True)
        errand.created("arrival", number, _units(lines, sign=-1))

    def member_lookup(self, errand: Errand) -> None:
        """Read a member's points."""
        errand.get("member", f"/members/{self._member(errand)}", needs="points")

    def redeem_offer(self, errand: Errand) -> None:
        """Read a member's offers and redeem one that the points cover."""
        member = self._member(errand)
        offers = errand.get("offers", f"/members/{member}/offers", needs="offers").json["offers"]
        affordable = [offer["code"] for offer in offers if offer["affordable"]]
        if affordable:
            errand.think()
            errand.post("redeem", f"/members/{member}/redemptions", json={"offer": affordable[0]}, needs="points_left")

    def report(self, errand: Errand) -> None:
        """Read the sales by location."""
        errand.get("sales", "/reports/sales", needs="locations")

    def stock(self, errand: Errand, codes: Sequence[str]) -> dict[str, int]:
        available: dict[str, int] = {}
        for start in range(0, len(codes), BULK):
            answer = errand.get("stock", "/stock", params={"sku": list(codes[start : start + BULK])}, needs="items")
            available |= {item["sku"]: item["available"] for item in answer.json["items"]}
        return available

    def cancel(self, errand: Errand) -> str:
        cancelled = 0
        while True:
            step = errand.post(
                "cancel", f"/runs/{self.run_id}/cancellation", params={"limit": BULK}, needs="remaining"
            ).json
            cancelled += step["cancelled"]
            if not step["remaining"]:
                return f"{cancelled} orders cancelled, {step['kept']} kept (shipped or returned)"

    def _shelf(self, errand: Errand, locations: Sequence[dict[str, str]]) -> dict[str, list[str]]:
        """What there is to buy and where, for an adapter without a catalogue."""
        skus, after = [], ""
        while after is not None:
            page = errand.get("range", "/stock", params={"after": after, "limit": 500}, needs="items").json
            skus += [item["sku"] for item in page["items"]]
            after = page["next"]
        codes, kinds, regions = ([each[name] for each in locations] for name in ("code", "kind", "region"))
        return {"skus": skus, "locations": codes, "kinds": kinds, "regions": regions}

    def find_order(self, errand: Errand, key: str) -> Created | None:
        orders = errand.get("find", "/orders", params={"run": self.run_id, "key": key}, needs="items").json["items"]
        if not orders:
            return None
        order = errand.get("order", f"/orders/{orders[0]['id']}", needs=("id", "lines")).json
        return Created("order", str(order["id"]), errand.row, errand.ready_s, _units(order["lines"]))

    def _ordered(self, errand: Errand, path: str, order: dict[str, Any]) -> dict[str, Any]:
        placed = errand.post("order", path, json=order, keyed=True, needs=("id", "status", "lines")).json
        errand.created("order", placed["id"], _units(placed["lines"]))
        return {"id": placed["id"], "status": placed["status"]}

    def _lines(self, errand: Errand) -> list[dict[str, Any]]:
        codes = [self.shelf.skus[sku] for sku in errand.skus]
        return [{"sku": code, "quantity": units} for code, units in zip(codes, errand.quantities, strict=True)]

    def _location(self, errand: Errand) -> str | None:
        return self.shelf.locations[errand.location] if errand.location >= 0 else None

    def _member(self, errand: Errand) -> int:
        return max(errand.customer, 0) % self.members


def _code(answer: Any) -> str:
    """The problem's code, or the status where the body has none."""
    return str(answer.json.get("code", answer.status) if isinstance(answer.json, dict) else answer.status)


def _units(lines: Sequence[dict[str, Any]], sign: int = 1) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line["sku"]] = units.get(line["sku"], 0) + sign * line["quantity"]
    return units
