"""One line a ticket: a cell that lists the ticket's items, such as A001*2;A002, or as JSON, becomes a line an item."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.records.refusal import Refusal
from sim.traffic.log.column_types import as_text
from sim.traffic.log.file import Columns, brief
from sim.traffic.log.reading import Reading

_SEPARATORS = (";", "|", "\n", "、", ",", "+", "\t")
_NUMBER = r"(?P<q>-?\d{1,6}(?:\.\d+)?)"
_MARKS = {
    "A001*2": re.compile(rf"(?P<sku>.+?)\s*\*\s*{_NUMBER}"),
    "2*A001": re.compile(rf"{_NUMBER}\s*\*\s*(?P<sku>.+)"),
    "A001×2": re.compile(rf"(?P<sku>.+?)\s*×\s*{_NUMBER}"),
    "2×A001": re.compile(rf"{_NUMBER}\s*×\s*(?P<sku>.+)"),
    "A001x2": re.compile(rf"(?P<sku>.*[\d\s)])\s*[xX]\s*{_NUMBER}"),
    "2 x A001": re.compile(rf"{_NUMBER}\s*[xX]\s+(?P<sku>.+)"),
    "A001:2": re.compile(rf"(?P<sku>.+?)\s*:\s*{_NUMBER}"),
    "A001=2": re.compile(rf"(?P<sku>.+?)\s*=\s*{_NUMBER}"),
    "A001(2)": re.compile(rf"(?P<sku>.+?)\s*[(\[]\s*[xX×*]?\s*{_NUMBER}\s*[)\]]"),
    "A001@2": re.compile(rf"(?P<sku>.+?)\s*@\s*{_NUMBER}"),
    "A001,2": re.compile(rf"(?P<sku>.+?)\s*,\s*{_NUMBER}"),
}
"""Forms of an item with its quantity. Before x stands a digit, a space or a bracket: BOX2 is an article's code."""
_SKU_KEYS = ("sku", "sku_id", "skucode", "code", "item", "item_id", "itemcode", "product", "product_id", "productcode", "article", "barcode", "id",
             "商品编码", "编码", "货号", "条码", "商品", "name", "名称", "商品名称")  # fmt: skip
_QUANTITY_KEYS = ("quantity", "qty", "count", "units", "amount", "num", "n", "数量", "件数")
_PRICE_KEYS = ("price", "unit_price", "unitprice", "单价", "售价", "价格")

Item = tuple[str, float, float]
"""Text of the SKU, units, and price or NaN."""


@dataclass(frozen=True)
class Items:
    """The m items of n cells."""

    cell: np.ndarray
    """int64[m], rising."""
    sku: list[str]
    units: np.ndarray
    """float64[m]"""
    price: np.ndarray
    """float64[m]; NaN where the list has none."""
    wrong: np.ndarray
    """int64: filled cells in which no list can be read."""
    form: str
    """In words."""
    several: bool
    """Whether any cell lists more than one item."""


def split(cells: list[str]) -> Items:
    """Read lists of items. Their form is the column's: the separator, and the mark between an item and its quantity, that stand in its cells.

    Raises `ValueError` where numbers on both sides of a mark leave open which one is the quantity.
    """
    texts = [unicodedata.normalize("NFKC", cell).strip() for cell in cells]
    filled = [text for text in texts if text]
    if filled and sum(text[0] in "[{" for text in filled) * 2 > len(filled):
        form, parsed = "JSON", [_json(text) for text in texts]
    else:
        separator = next((each for each in _SEPARATORS if any(each in text for text in filled)), "")
        mark = _mark(filled, separator)
        form = (
            f"separated by {'line breaks' if separator == chr(10) else 'tabs' if separator == chr(9) else separator}"
            if separator
            else "one item"
        )
        form += f", quantities as in {mark}" if mark else ", an item for each unit"
        parsed = [list(_marked(text, separator, mark)) for text in texts]
    counts = np.array([len(items or ()) for items in parsed], dtype=np.int64)
    every = [item for items in parsed for item in items or ()]
    return Items(
        cell=np.repeat(np.arange(len(cells)), counts),
        sku=[sku for sku, _, _ in every],
        units=np.array([units for _, units, _ in every], dtype=np.float64),
        price=np.array([price for _, _, price in every], dtype=np.float64),
        wrong=np.array([n for n, text in enumerate(texts) if text and not counts[n]], dtype=np.int64),
        form=form,
        several=bool((counts > 1).any()),
    )


def expanded(
    path: Path, raw: Columns, names: dict[str, tuple[str, ...]], reading: Reading
) -> tuple[Columns, dict[str, pa.Array]]:
    """A row an item instead of a row a ticket, and the fields that the lists hold. Raises `Refusal` where no cell is a list of several."""
    (name,) = names["items"]
    cells = [each or "" for each in as_text(path, name, raw.table.column(name)).to_pylist()]
    try:
        found = split(cells)
    except ValueError as error:
        raise Refusal(path, f"column {name}", str(error)) from None
    if not found.several and not reading.items:
        raise Refusal(
            path, "column sku", "a column for the sku (--column sku=NAME, or of lists of items: --items NAME)", name
        )
    expected = "items: expected a list such as A001*2;A002 or in JSON, found "
    wrong = [raw.skipped(row, f"{expected}{brief(repr(cells[row]), 300)}") for row in found.wrong.tolist()]
    empty = [row for row, cell in enumerate(cells) if not cell.strip()]
    rows = np.concatenate([found.cell, np.array(empty, dtype=np.int64)])
    order = np.argsort(rows, kind="stable")
    taken = raw.take(rows[order])
    blank = len(empty)
    fields: dict[str, pa.Array] = {
        "sku": pa.array([*found.sku, *[None] * blank], pa.string()).take(pa.array(order)),
        "quantity": pa.array(np.concatenate([found.units, np.ones(blank)])[order]),
    }
    if not np.isnan(found.price).all():
        fields["price"] = pa.array(np.concatenate([found.price, np.full(blank, np.nan)])[order])
    if "ticket" not in names:
        fields["ticket"] = pa.array(rows[order].astype(str))
    note = f"one line a ticket, items in column {name!r}, {found.form}"
    return replace(taken, broken=[*taken.broken, *wrong], notes=(*taken.notes, note)), fields


def is_list(texts: list[str]) -> bool:
    """Whether most of a column's distinct texts list several items, each with a quantity or in JSON."""
    sample = [text for text in texts[:200] if text]
    many = [
        text
        for text in sample
        if text[0] == "[" or any(len(re.findall(rf"{re.escape(each)}\s*\S+[*×x]\s*\d+", text)) for each in ";|")
    ]
    return len(many) * 2 > len(sample) > 0


def _mark(texts: list[str], separator: str) -> str:
    items = [item for text in texts for item in _cut(text, separator)]
    for first, second in (("A001*2", "2*A001"), ("A001×2", "2×A001"), ("A001x2", "2 x A001")):
        fits = [[name for name in (first, second) if _MARKS[name].fullmatch(item)] for item in items]
        one = {names[0] for names in fits if len(names) == 1}
        if any(fits):
            if len(one) == 1:
                return one.pop()
            counts = {
                name: [float(found["q"]) for item in items if (found := _MARKS[name].fullmatch(item))]
                for name in (first, second)
            }
            small = [name for name, numbers in counts.items() if numbers and max(numbers) < 1000]
            if len(small) == 1:
                return small[0]
            example = next(item for item, names in zip(items, fits, strict=True) if names)
            raise ValueError(
                f"items whose quantity can be told from their code (letters in one of them), found {example!r}"
            )
    others = [name for name in _MARKS if name[0] == "A" and not (separator == "," and name == "A001,2")]
    return next((name for name in others if any(_MARKS[name].fullmatch(item) for item in items)), "")


def _cut(text: str, separator: str) -> list[str]:
    return [part for part in (each.strip() for each in (text.split(separator) if separator else [text])) if part]


def _marked(text: str, separator: str, mark: str) -> Iterator[Item]:
    for item in _cut(text, separator):
        found = _MARKS[mark].fullmatch(item) if mark else None
        yield (found["sku"].strip(), float(found["q"]), np.nan) if found else (item, 1.0, np.nan)


def _json(text: str) -> list[Item] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        value = [[sku, units] for sku, units in value.items()] if _of(value, _SKU_KEYS) is None else [value]
    items = [_json_item(each) for each in value] if isinstance(value, list) else [None]
    return None if None in items else [item for item in items if item]


def _json_item(value: Any) -> Item | None:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value), 1.0, np.nan
    if isinstance(value, list) and len(value) in (1, 2, 3):
        value = dict(zip(("sku", "quantity", "price"), value, strict=False))
    if not isinstance(value, dict):
        return None
    sku, units, price = _of(value, _SKU_KEYS), _of(value, _QUANTITY_KEYS), _of(value, _PRICE_KEYS)
    if not isinstance(sku, str | int | float) or isinstance(sku, bool):
        return None
    try:
        return str(sku), 1.0 if units is None else float(units), np.nan if price is None else float(price)
    except (TypeError, ValueError):
        return None


def _of(value: dict, keys: tuple[str, ...]) -> Any:
    lower = {str(key).strip().casefold(): each for key, each in value.items()}
    return next((lower[key] for key in keys if lower.get(key) is not None), None)
