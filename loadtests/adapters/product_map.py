"""Which of a platform's products stands for a SKU of the trace: determined once before the run, the same for every worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sim.records.refusal import Refusal


class Product(NamedTuple):
    """A product in stock: the platform's own SKU code, and the id its calls take (a number, a URL)."""

    code: str
    id: Any


class ProductMap:
    """A trace's SKU is the product that a pair names, else the one of the same code, else the next in turn: popular ones stay apart."""

    def __init__(self, codes: Sequence[str], products: Sequence[Sequence[Any]], pairs: Mapping[str, str] | None = None):
        """codes: the trace's SKUs. products: what is in stock. pairs: product code by SKU code. Raises `Refusal` where nothing is in stock."""
        self.products = [Product(*each) for each in products]
        if not self.products:
            raise Refusal("the platform", "", "at least one product in stock")
        place = {product.code: number for number, product in enumerate(self.products)}
        named = [(pairs or {}).get(code, code) for code in codes]
        self._of = [place.get(code, sku % len(self.products)) for sku, code in enumerate(named)]

    def __getitem__(self, sku: int) -> Product:
        """The product that stands for a SKU's number."""
        return self.products[self._of[sku] if sku < len(self._of) else sku % len(self.products)]

    def lines(self, skus: Sequence[int], quantities: Sequence[int]) -> dict[Product, int]:
        """Units by product: SKUs with the same product become one basket line."""
        units: dict[Product, int] = {}
        for sku, quantity in zip(skus, quantities, strict=True):
            product = self[sku]
            units[product] = units.get(product, 0) + quantity
        return units

    def standing_for(self, codes: Sequence[str], all_codes: Sequence[str]) -> list[Product]:
        """The products that stand for some of the trace's codes, each once."""
        place = {code: sku for sku, code in enumerate(all_codes)}
        return list(dict.fromkeys(self[place[code]] for code in codes))
