"""django-oscar with django-oscar-api: REST whose ids are URLs, sessions in cookies with a CSRF token, refusals as 406.

`--host` is the server's root. Shoppers log in with accounts of the pool RETAIL_LAB_POOL_ACCOUNTS (columns user, password): a guest may not read
an order. Each account shops for one journey at a time, because its basket is its own, and stays logged in from one journey to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.adapters.auth import Cookies
from loadtests.adapters.base import Adapter, Errand
from loadtests.adapters.errand import Ended, Session

ADDRESS = {"first_name": "Load", "last_name": "Test", "line1": "1 Test Road", "line4": "Shanghai", "postcode": "200000"}


class Oscar(Adapter):
    """django-oscar through django-oscar-api."""

    name = "oscar"
    auth = Cookies("csrftoken", "X-CSRFToken", logout=("DELETE", "/api/login/"))
    pools = {"accounts": ("user", "password")}

    def adopt(self, found: dict[str, Any]) -> None:
        super().adopt(found)
        self._country = found["country"]
        self._codes = {product.id: product.code for product in self.assortment.products}
        self._sessions: dict[str, Session] = {}

    def judge(self, step: str, answer: Any, needs: Sequence[str]) -> tuple[str, str | None]:
        if answer.status == 406:
            reason = answer.json.get("reason") if isinstance(answer.json, dict) else None
            return ("rejected", reason) if isinstance(reason, str) else ("failed", f"406 {reason}"[:80])
        return super().judge(step, answer, needs)

    def discover(self, errand: Errand) -> dict[str, Any]:
        """Products in stock: availability is requested one by one, because the list does not contain it."""
        products, page = [], "/api/products/"
        while page:
            answer = errand.get("list", page, needs="results").json
            for item in answer["results"]:
                if errand.get("stock", f"{item['url']}availability/").json["is_available_to_buy"]:
                    products.append([item["upc"], item["url"]])
            page = answer["next"]
        country = errand.get("countries", "/api/countries/").json["results"][0]["url"]
        return {"products": sorted(products), "country": country}

    def browse(self, errand: Errand) -> None:
        """Look at a page of products, then at up to three of them."""
        page = errand.get("list", "/api/products/", needs="results").json
        for item in page["results"][: max(len(errand.skus), 1)][:3]:
            errand.think()
            errand.get("product", item["url"], needs="title")
            errand.get("price", f"{item['url']}price/", needs="excl_tax")

    def stock_check(self, errand: Errand) -> None:
        """Ask whether one product can be bought."""
        product = self.assortment[errand.skus[0] if errand.skus else 0]
        errand.get("stock", f"{product.id}availability/", needs="is_available_to_buy")

    def checkout(self, errand: Errand) -> dict[str, Any]:
        """Log in with an account lent from the pool, fill the basket and order it; the order's number and address."""
        with self.pool["accounts"].lend() as account:
            self._log_in(errand, account)
            basket = errand.get("basket", "/api/basket/", needs=("url", "lines")).json
            try:
                order = self._order(errand, basket["url"])
            except Ended:
                self._empty(errand, basket["lines"])
                raise
            lines = errand.get("lines", order["lines"], needs="results").json["results"]
        errand.created("order", order["number"], {self._codes[line["product"]]: line["quantity"] for line in lines})
        return order["url"]

    def order_status(self, errand: Errand) -> Any:
        """Read the order that the journey carries."""
        errand.get("order", errand.carried, needs=("number", "status"))
        return errand.carried

    def stock(self, errand: Errand, codes: Sequence[str]) -> dict[str, int]:
        available = {}
        for product in self.assortment.standing_for(codes, self.shelf.skus):
            records = errand.get("stock", f"{product.id}stockrecords/").json["results"]
            available[product.code] = sum(each["num_in_stock"] - (each["num_allocated"] or 0) for each in records)
        return available

    def _order(self, errand: Errand, basket: str) -> dict[str, Any]:
        for product, units in self.assortment.lines(errand.skus, errand.quantities).items():
            errand.post("add", "/api/basket/add-product/", json={"url": product.id, "quantity": units}, needs="url")
        errand.think()
        wanted = {"basket": basket, "shipping_address": {**ADDRESS, "country": self._country, "notes": self.run_id}}
        return errand.post("order", "/api/checkout/", json=wanted, needs=("number", "url", "lines")).json

    def _empty(self, errand: Errand, lines: str) -> None:
        """Empty the basket: lines that could not be bought would block every later order of the account."""
        for line in errand.get("left", lines, needs="results").json["results"]:
            errand.request("empty", "DELETE", line["url"], repeatable=True)

    def _log_in(self, errand: Errand, account: Any) -> None:
        """Send as an account; log in at its first use."""
        known = self._sessions.get(account["user"])
        errand.session = known or self._sessions.setdefault(account["user"], Session())
        if not known:
            credentials = {"username": account["user"], "password": account["password"]}
            errand.post("login", "/api/login/", json=credentials)
