"""Vendure: GraphQL on two surfaces. Shoppers are identified by a token in a response header; refusals are 200 with another `__typename`.

`--host` is the server's root. With VENDURE_ADMIN_USER and VENDURE_ADMIN_PASSWORD in the environment the adapter also reads stock by location,
takes goods back and cancels what a run made; without them it shops as a guest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.adapters.auth import SessionHeader
from loadtests.adapters.base import Errand
from loadtests.adapters.errand import Ended, Session
from loadtests.adapters.graphql import GraphQL

ADMIN = "/admin-api"
PAGE = 100
REFUSED = frozenset(
    {"INSUFFICIENT_STOCK_ERROR", "ORDER_LIMIT_ERROR", "ORDER_INTERCEPTOR_ERROR", "PAYMENT_DECLINED_ERROR"}
)
"""Error codes of business refusals; any other is an error of the adapter or of the platform."""
ORDER = "__typename ... on Order { id code state lines { id quantity productVariant { sku } } }"
FAILED = "... on ErrorResult { errorCode message }"

PRODUCTS = """query ($skip: Int!, $take: Int!) { products(options: {skip: $skip, take: $take}) {
  totalItems items { id name slug variants { id sku priceWithTax stockLevel } } } }"""
PRODUCT = "query ($id: ID!) { product(id: $id) { id name variants { id sku priceWithTax stockLevel } } }"
SEARCH = """query ($term: String!) { search(input: {term: $term, groupByProduct: true, take: 20}) {
  totalItems items { productId productVariantId productName slug } } }"""
ADD = f"""mutation ($variant: ID!, $units: Int!) {{ addItemToOrder(productVariantId: $variant, quantity: $units) {{
  {ORDER} {FAILED} ... on InsufficientStockError {{ quantityAvailable }} }} }}"""
CUSTOMER = f"mutation ($who: CreateCustomerInput!) {{ setCustomerForOrder(input: $who) {{ {ORDER} {FAILED} }} }}"
ADDRESS = f"mutation ($where: CreateAddressInput!) {{ setOrderShippingAddress(input: $where) {{ {ORDER} {FAILED} }} }}"
METHODS = "query { eligibleShippingMethods { id name priceWithTax } }"
SHIPPING = f"mutation ($method: [ID!]!) {{ setOrderShippingMethod(shippingMethodId: $method) {{ {ORDER} {FAILED} }} }}"
ARRANGE = f'mutation {{ transitionOrderToState(state: "ArrangingPayment") {{ {ORDER} {FAILED} }} }}'
PAY = f"mutation ($method: String!) {{ addPaymentToOrder(input: {{method: $method, metadata: {{}}}}) {{ {ORDER} {FAILED} }} }}"
STATUS = "query ($code: String!) { orderByCode(code: $code) { id code state lines { id quantity } } }"

LOGIN = f"mutation ($user: String!, $password: String!) {{ login(username: $user, password: $password) {{ __typename {FAILED} }} }}"
LOGOUT = "mutation { logout { success } }"
ORDER_OF = "query ($id: ID!) { order(id: $id) { id code } }"
LEVELS = """query ($skus: [String!]!) { productVariants(options: {filter: {sku: {in: $skus}}, take: 100}) {
  items { sku stockLevels { stockOnHand stockAllocated } } } }"""
TAKE_BACK = f"""mutation ($order: ID!, $lines: [OrderLineInput!]) {{
  cancelOrder(input: {{orderId: $order, lines: $lines, reason: "returned"}}) {{ {ORDER} {FAILED} }} }}"""
MADE = """query ($run: String!) { orders(options: {take: 100, filter: {customerLastName: {eq: $run}, state: {notEq: "Cancelled"}}}) {
  totalItems items { id } } }"""


class Vendure(GraphQL):
    """Vendure's Shop API, over GraphQL."""

    name = "vendure"
    endpoint = "/shop-api"
    auth = SessionHeader("vendure-auth-token")
    decides = "pay"

    def headers(self, environment: Mapping[str, str]) -> dict[str, str]:
        self._clerk = (environment.get("VENDURE_ADMIN_USER"), environment.get("VENDURE_ADMIN_PASSWORD"))
        from gevent.lock import RLock  # here: gevent is not needed where adapters are only read

        self._desk, self._desk_lock, self._logins = Session(), RLock(), 0
        return super().headers(environment)

    def refusal(self, result: Any) -> tuple[str, str] | None:
        code = result.get("errorCode") if isinstance(result, dict) else None
        if not code:
            return None
        if code == "INSUFFICIENT_STOCK_ERROR" and result.get("quantityAvailable"):
            return "partial", code  # the units that were available are in the cart
        return "rejected" if code in REFUSED else "failed", code

    def discover(self, errand: Errand) -> dict[str, Any]:
        products: list[list[str]] = []
        skip, total = 0, 1
        while skip < total:
            page = self.ask(errand, "list", PRODUCTS, skip=skip, take=PAGE)
            skip, total = skip + PAGE, page["totalItems"]
            variants = (variant for product in page["items"] for variant in product["variants"])
            products += [[each["sku"], each["id"]] for each in variants if each["stockLevel"] != "OUT_OF_STOCK"]
        return {"products": products}

    def browse(self, errand: Errand) -> None:
        """Look at a page of products, then at up to three of them."""
        page = self.ask(errand, "list", PRODUCTS, skip=0, take=20)
        for item in page["items"][: max(len(errand.skus), 1)][:3]:
            errand.think()
            self.ask(errand, "product", PRODUCT, id=item["id"])

    def search(self, errand: Errand) -> None:
        """Search for a product by its code."""
        self.ask(errand, "search", SEARCH, term=self.assortment[errand.skus[0] if errand.skus else 0].code)

    def stock_check(self, errand: Errand) -> None:
        """Read one product with its stock level."""
        self.ask(errand, "product", PRODUCT, id=self.assortment[errand.skus[0] if errand.skus else 0].id)

    def checkout(self, errand: Errand) -> dict[str, Any]:
        """Fill the cart, give an address and pay; the order."""
        for product, units in self.assortment.lines(errand.skus, errand.quantities).items():
            self.ask(errand, "add", ADD, variant=product.id, units=units)
        errand.think()
        email = f"{self.run_id}.{errand.row}@example.com"  # a customer of its own: one shared customer row would be a lock on which all orders queue
        self.ask(
            errand, "customer", CUSTOMER, who={"firstName": "Load", "lastName": self.run_id, "emailAddress": email}
        )
        where = {"streetLine1": "1 Test Road", "city": "Shanghai", "postalCode": "200000", "countryCode": "CN"}
        self.ask(errand, "address", ADDRESS, where=where)
        method = self.ask(errand, "methods", METHODS)[0]["id"]
        self.ask(errand, "shipping", SHIPPING, method=[method])
        self.ask(errand, "arrange", ARRANGE)
        order = self.ask(errand, "pay", PAY, method="paid")
        errand.created("order", order["id"], _units(order))
        return {"id": order["id"], "code": order["code"], "lines": order["lines"]}

    def order_status(self, errand: Errand) -> Any:
        """Read the order that the journey carries."""
        self.ask(errand, "order", STATUS, code=errand.carried["code"])
        return errand.carried

    def return_goods(self, errand: Errand) -> None:
        """A clerk's errand: the order is cancelled line by line, which gives the goods back to stock."""
        lines = [{"orderLineId": line["id"], "quantity": line["quantity"]} for line in errand.carried["lines"]]
        order = self._as_clerk(errand, "return", TAKE_BACK, order=errand.carried["id"], lines=lines)
        errand.created("return", order["id"], {sku: -units for sku, units in _units(errand.carried).items()})

    def stock(self, errand: Errand, codes: Sequence[str]) -> dict[str, int] | None:
        if not all(self._clerk):
            return None
        wanted = [product.code for product in self.assortment.standing_for(codes, self.shelf.skus)]
        available: dict[str, int] = {}
        for start in range(0, len(wanted), PAGE):
            page = self._as_clerk(errand, "stock", LEVELS, skus=wanted[start : start + PAGE])
            available |= {
                variant["sku"]: sum(level["stockOnHand"] - level["stockAllocated"] for level in variant["stockLevels"])
                for variant in page["items"]
            }
        return available

    def cancel(self, errand: Errand) -> str | None:
        if not all(self._clerk):
            return None
        cancelled: set[str] = set()
        while (
            made := {each["id"] for each in self._as_clerk(errand, "made", MADE, run=self.run_id)["items"]} - cancelled
        ):
            for order in sorted(made):
                self._as_clerk(errand, "cancel", TAKE_BACK, order=order)
            cancelled |= made
        return f"{len(cancelled)} order{'s' * (len(cancelled) != 1)} cancelled"

    def use_ended(self, errand: Errand) -> str | None:
        """End a clerk's session and read the order with it: a guest's order is shown to every request with its code, without any session."""
        if not all(self._clerk):
            return "only a clerk's session can be ended, and VENDURE_ADMIN_USER is not set"
        self._as_clerk(errand, "desk", ORDER_OF, id=errand.carried["id"])
        errand.session = Session(dict(self._desk.headers))
        self._as_clerk(errand, "logout", LOGOUT)
        self.ask(errand, "desk", ORDER_OF, ADMIN, id=errand.carried["id"])
        return None

    def _as_clerk(self, errand: Errand, step: str, query: str, **variables: Any) -> Any:
        """Send to the administration API, with a session that is opened once, and again when it is lost."""
        shopper, errand.session = errand.session, self._desk
        try:
            logins = self._logins
            if self._desk.headers:
                try:
                    return self.ask(errand, step, query, ADMIN, **variables)
                except Ended as ended:
                    if ended.outcome != "auth_lost":
                        raise
            with self._desk_lock:
                if self._logins == logins:  # else another journey has logged in since
                    self._desk.headers.clear()
                    user, password = self._clerk
                    self.ask(errand, "login", LOGIN, ADMIN, user=user, password=password)
                    self._logins += 1
            return self.ask(errand, step, query, ADMIN, **variables)
        finally:
            errand.session = shopper


def _units(order: Mapping[str, Any]) -> dict[str, int]:
    return {line["productVariant"]["sku"]: line["quantity"] for line in order["lines"]}
