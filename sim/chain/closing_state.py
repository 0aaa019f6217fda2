"""The state in which a run ends, as a table of opening stock: another run goes on from there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

import numpy as np
import pandas as pd

from sim.chain.inventory.opening_stock import Lot, UnderWay
from sim.chain.inventory.shelf_life import ShelfLife
from sim.chain.setting import Setting
from sim.chain.supply.freight import Consignment, Freight
from sim.stock.ledger import StockLedger

COLUMNS = ("location", "sku", "units", "book", "expires", "promised", "on_order", "arrives", "origin", "as_of")
"""Fields of `OpeningStock`."""


def closing_stock(
    setting: Setting,
    ledger: StockLedger,
    shelf_life: ShelfLife,
    freight: Freight,
    reserved: Iterable[tuple[float, Consignment]],
    asked_for: Iterable[tuple[float, Consignment]],
    under_way: Iterable[UnderWay],
) -> pd.DataFrame:
    """Rows of `OpeningStock` after the last day has been counted; a cell without a value is missing.

    `reserved`, `asked_for`: goods at their origin that are reserved, or not, for other locations, with the instants at which they leave; they
    count as under way. Left out are backlogged orders, and online orders that are not sourced.
    """
    on_hand, book = ledger.physical.copy(), ledger.book - ledger.unsynced
    promised, coming = ledger.reserved + ledger.owed, list(under_way)
    for leaving, is_reserved in ((reserved, True), (asked_for, False)):
        for leaves_s, goods in leaving:
            for to, wanted in zip(goods.to.tolist(), goods.units, strict=True):
                units = np.minimum(wanted, on_hand[goods.origin])
                on_hand[goods.origin] -= units
                book[goods.origin] -= units
                promised[goods.origin] -= wanted * is_reserved
                coming.append(freight.set_out(leaves_s, goods, to, units))
    last = setting.scenario.start + timedelta(days=setting.scenario.days - 1)
    lots = shelf_life.lots(setting.scenario.days - 1, on_hand)
    rows = pd.concat([_on_hand(setting, on_hand, book, promised, lots), _on_order(setting, coming)], ignore_index=True)
    codes = np.array(setting.network.codes, dtype=object), np.array(setting.assortment.code, dtype=object)
    named = {
        name: code[rows[name].to_numpy(dtype=np.int64)] for name, code in zip(("location", "sku"), codes, strict=True)
    }
    return rows.assign(**named, as_of=last.isoformat())[list(COLUMNS)]


def _on_hand(
    setting: Setting, on_hand: np.ndarray, book: np.ndarray, promised: np.ndarray, lots: list[Lot]
) -> pd.DataFrame:
    """A row a lot, and one for each other SKU that a location carries, holds, has on record or has promised."""
    shown = setting.carried | (on_hand != 0) | (book != 0) | (promised != 0)
    shown[[lot.location for lot in lots], [lot.sku for lot in lots]] = False
    location, sku = np.nonzero(shown)
    plain = pd.DataFrame({"location": location, "sku": sku, "units": on_hand[shown]})
    aged = pd.DataFrame([vars(lot) for lot in lots], columns=["location", "sku", "units", "last_day"])
    rows = pd.concat([plain, aged]).sort_values(["location", "sku", "last_day"], ignore_index=True)
    cell = rows["location"].to_numpy(dtype=np.int64), rows["sku"].to_numpy(dtype=np.int64)
    first = ~rows.duplicated(["location", "sku"]).to_numpy()
    gap = np.where(first, (book - on_hand)[cell], 0)
    units, start = rows["units"].astype("Int64"), setting.scenario.start
    expires = [None if pd.isna(day) else (start + timedelta(days=int(day))).isoformat() for day in rows["last_day"]]
    return rows.assign(
        units=units,
        book=(units + gap).where(gap != 0),
        promised=pd.array(np.where(first, promised[cell], 0), dtype="Int64"),
        expires=pd.Series(expires, dtype=object),
    ).drop(columns="last_day")


def _on_order(setting: Setting, coming: Iterable[UnderWay]) -> pd.DataFrame:
    """A row a SKU of what is under way."""
    midnight = datetime.combine(setting.scenario.start, time())
    rows = [
        (goods.location, sku, int(goods.units[sku]), goods.origin, _instant(midnight, goods.arrives_s))
        for goods in coming
        for sku in np.flatnonzero(goods.units).tolist()
    ]
    found = pd.DataFrame(rows, columns=["location", "sku", "on_order", "origin", "arrives"])
    return found.astype({"on_order": "Int64"}).sort_values(["location", "sku", "arrives", "origin"], ignore_index=True)


def _instant(midnight: datetime, seconds: float | None) -> str | None:
    return None if seconds is None else (midnight + timedelta(seconds=round(seconds))).isoformat(sep=" ")
