"""The key figures of a chain: the one place that says what each is called, what it is measured in and how it is made from counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from sim.records.outcome import COUNTERS, KPI_SCHEMA


@dataclass(frozen=True)
class Totals:
    """Sums of the counters over the days that count, and over all locations."""

    counted: dict[str, float]
    in_stores: dict[str, float]
    """The same, over stores alone."""
    days: int
    swing: tuple[float, float]
    """Variances over days of what all warehouses bought, and of what all customers came for."""

    def in_warehouses(self, name: str) -> float:
        """A counter's sum over warehouses alone."""
        return self.counted[name] - self.in_stores[name]

    def __getattr__(self, name: str) -> float:
        try:
            return self.counted[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Kpi:
    """A key figure: all that tables, pages, help and docs/trading.md say of it, and how it is made from the totals."""

    name: str
    meaning: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    of: Callable[[Totals], float]


def _ratio(part: str, whole: str) -> Callable[[Totals], float]:
    return lambda total: _over(getattr(total, part), getattr(total, whole))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def _in_stores(part: str, whole: str) -> Callable[[Totals], float]:
    return lambda total: _over(total.in_stores[part], total.in_stores[whole])


def _in_warehouses(part: str, whole: str) -> Callable[[Totals], float]:
    return lambda total: _over(total.in_warehouses(part), total.in_warehouses(whole))


PLACES = {"": _ratio, "stores": _in_stores, "warehouses": _in_warehouses}
"""Where a ratio is taken, and what makes it: everywhere, or at one kind of location."""


def _of_audits(cause: str) -> Callable[[Totals], float]:
    return _ratio(f"missing_{cause}_skus", "audited_skus")


def _per_day(name: str) -> Callable[[Totals], float]:
    return lambda total: getattr(total, name) / total.days


CAUSES = {
    "shelf": "the shelf did not have them",
    "queue": "their customer met full lines or left one",
    "payment": "their customer could not pay",
    "closed": "their customer came outside opening hours, or was inside at midnight",
    "outage": "a power cut or the system out of reach",
}
"""Of lost demand, in words (docs/trading.md, 13): the parts add up to it."""

MISSING = {
    "filling": "units lie in the back room",
    "record": "none is on hand, but some on record: phantom stock",
    "ordering": "none is on hand or on record: some are on their way, or the source has some",
    "upstream": "none is on hand or on record, and the source has none either",
}
"""Why a shelf is empty, in words, in the order of a shelf audit (docs/network.md, Shelf audits): the parts add up to
1 − availability."""

KPIS: tuple[Kpi, ...] = (
    # customers and tills
    Kpi("customers_per_day", "arrivals a day", "customers/day", "neither", _per_day("customers")),
    Kpi("mean_wait_s", "mean wait of customers served", "s", "lower", _ratio("wait_s", "tickets")),
    Kpi(
        "waits_over_target",
        "of customers served, the share that waited longer than `wait_target_s`",
        "share of tickets",
        "lower",
        _ratio("waits_over_target", "tickets"),
    ),
    Kpi(
        "mean_wait_priority_s",
        "mean wait of customers served who are of the priority class",
        "s",
        "lower",
        _ratio("priority_wait_s", "priority_tickets"),
    ),
    Kpi(
        "mean_wait_abandoned_s",
        "mean wait of those who stood in a line and left it, or whom midnight sent out: until they left, or a ticket began",
        "s",
        "lower",
        _ratio("abandoned_wait_s", "abandoned_waits"),
    ),
    Kpi(
        "waits_over_target_all",
        "of those served and those who left a line together, the share that waited longer than `wait_target_s`",
        "share of tickets and lines left",
        "lower",
        lambda t: _over(t.waits_over_target + t.abandoned_waits_over_target, t.tickets + t.abandoned_waits),
    ),
    Kpi(
        "abandonment",
        "customers who left a line, or whom midnight sent out, of all customers",
        "share of customers",
        "lower",
        _ratio("abandoned", "customers"),
    ),
    Kpi(
        "turned_away",
        "customers who met closed doors or full lines, of all customers",
        "share of customers",
        "lower",
        _ratio("turned_away", "customers"),
    ),
    Kpi(
        "payment_lost",
        "customers who could not pay, of all customers",
        "share of customers",
        "lower",
        _ratio("payment_lost", "customers"),
    ),
    Kpi(
        "self_checkout_share",
        "tickets at self-checkouts, of all tickets",
        "share of tickets",
        "neither",
        _ratio("self_checkout_tickets", "tickets"),
    ),
    Kpi("lines_per_ticket", "lines on a ticket, mean", "lines/ticket", "neither", _ratio("ticket_lines", "tickets")),
    Kpi("units_per_ticket", "units on a ticket, mean", "units/ticket", "neither", _ratio("ticket_units", "tickets")),
    Kpi(
        "value_per_ticket",
        "value of a ticket at list price, mean",
        "currency/ticket",
        "higher",
        _ratio("ticket_value", "tickets"),
    ),
    Kpi(
        "ticket_handling_time_s",
        "first scan to receipt, mean over tickets",
        "s",
        "lower",
        _ratio("ticket_handling_s", "tickets"),
    ),
    Kpi(
        "utilisation",
        "time in use of staffed till time",
        "share of staffed till time",
        "neither",
        _ratio("till_busy_s", "till_open_s"),
    ),
    # the software, as the chain feels it
    Kpi(
        "system_time_s",
        "part of a ticket spent waiting for the software, mean",
        "s/ticket",
        "lower",
        _ratio("system_s", "tickets"),
    ),
    Kpi(
        "attribute_entry_time_s",
        "part of a ticket spent entering attributes, mean",
        "s/ticket",
        "lower",
        _ratio("attribute_entry_s", "tickets"),
    ),
    Kpi(
        "offline_tickets",
        "tickets that began without the system, of all tickets",
        "share of tickets",
        "lower",
        _ratio("offline_tickets", "tickets"),
    ),
    Kpi(
        "availability_felt",
        "1 − time with open doors in which the system was out of reach / time with open doors",
        "share of time with open doors",
        "higher",
        lambda t: 1 - _over(t.outage_s, t.opening_s),
    ),
    # sales and service
    Kpi("sales_per_day", "sales at list price, stores and online", "currency/day", "higher", _per_day("sales_value")),
    Kpi(
        "fill_rate",
        "1 − units that were not there when looked for / units demanded",
        "share of units",
        "higher",
        lambda t: 1 - _over(t.short_units, t.demanded_units),
    ),
    Kpi(
        "lost_demand", "units lost / units demanded", "share of units", "lower", _ratio("lost_units", "demanded_units")
    ),
    *(
        Kpi(
            f"lost_demand_{cause}",
            f"units lost ({words}) / units demanded",
            "share of units",
            "lower",
            _ratio(f"lost_{cause}_units", "demanded_units"),
        )
        for cause, words in CAUSES.items()
    ),
    Kpi("lost_sales_per_day", "value of units lost", "currency/day", "lower", _per_day("lost_value")),
    *(
        Kpi(
            f"lost_sales_{cause}_per_day",
            f"value of units lost ({words})",
            "currency/day",
            "lower",
            _per_day(f"lost_{cause}_value"),
        )
        for cause, words in CAUSES.items()
    ),
    Kpi(
        "stockout_rate",
        "SKU-days that ended without a unit / SKU-days carried",
        "share of SKU-days",
        "lower",
        _ratio("stockout_sku_days", "sku_days"),
    ),
    Kpi(
        "returned_units",
        "units brought back / units sold",
        "share of units sold",
        "neither",
        _ratio("returned_units", "sold_units"),
    ),
    Kpi(
        "returned_unsaleable",
        "units brought back that could not be sold again / units brought back",
        "share of units brought back",
        "lower",
        _ratio("unsaleable_units", "returned_units"),
    ),
    # what an auditor finds on the shelves of stores
    Kpi(
        "shelf_availability",
        "1 − SKUs with an empty shelf / SKUs looked at, at each audit of a store",
        "share of SKUs looked at",
        "higher",
        lambda t: 1 - _over(sum(getattr(t, f"missing_{cause}_skus") for cause in MISSING), t.audited_skus),
    ),
    *(
        Kpi(
            f"missing_{cause}",
            f"SKUs with an empty shelf ({words}) / SKUs looked at",
            "share of SKUs looked at",
            "lower",
            _of_audits(cause),
        )
        for cause, words in MISSING.items()
    ),
    # online
    Kpi("orders_per_day", "online orders placed", "orders/day", "neither", _per_day("orders")),
    Kpi(
        "orders_lost",
        "online orders of which nothing came, of all placed",
        "share of orders",
        "lower",
        _ratio("orders_lost", "orders"),
    ),
    Kpi(
        "order_handling_time_s",
        "placed to handed over, mean over online orders",
        "s",
        "lower",
        _ratio("order_handling_s", "orders_handed_over"),
    ),
    Kpi(
        "parcels_per_order",
        "parcels of online orders not lost",
        "parcels/order",
        "lower",
        lambda t: _over(t.parcels, t.orders - t.orders_lost),
    ),
    Kpi(
        "shipping_cost_per_order",
        "cost of shipping of online orders not lost",
        "currency/order",
        "lower",
        lambda t: _over(t.shipping_cost, t.orders - t.orders_lost),
    ),
    # stock and freight
    Kpi("stock_units", "units on hand at the day's end", "units", "neither", _per_day("on_hand_units")),
    Kpi("stock_value", "stock on hand at the day's end, at unit cost", "currency", "lower", _per_day("on_hand_value")),
    Kpi(
        "days_of_cover",
        "units on hand / units sold a day",
        "days of sales",
        "neither",
        _ratio("on_hand_units", "sold_units"),
    ),
    Kpi(
        "days_of_cover_stores",
        "units on hand in stores / units that stores sold a day",
        "days of sales",
        "neither",
        _in_stores("on_hand_units", "sold_units"),
    ),
    Kpi(
        "days_of_cover_warehouses",
        "units on hand in warehouses / units that warehouses sent out or sold a day",
        "days of shipments and sales",
        "neither",
        lambda t: _over(t.in_warehouses("on_hand_units"), t.in_warehouses("units_out") + t.in_warehouses("sold_units")),
    ),
    Kpi(
        "inventory_turns",
        "365 × cost of units sold a day / stock on hand at the day's end, at unit cost",
        "turns/year",
        "higher",
        lambda t: 365 * _over(t.sales_cost, t.on_hand_value),
    ),
    *(
        Kpi(
            f"stock_discrepancy_{where or 'rate'}",
            f"Σ|book − on hand| / units on hand at the day's end, of {where or 'all locations'}",
            "share of units on hand",
            "lower",
            over("book_gap_units", "on_hand_units"),
        )
        for where, over in PLACES.items()
    ),
    *(
        Kpi(
            f"wrong_records_{where}".rstrip("_"),
            f"SKU-days whose book is not what is on hand / SKU-days carried, of {where or 'all locations'}",
            "share of SKU-days",
            "lower",
            over("wrong_record_days", "sku_days"),
        )
        for where, over in PLACES.items()
    ),
    Kpi(
        "record_error_stores",
        "Σ|book − on hand| / SKU-days carried, of stores",
        "units/SKU",
        "lower",
        _in_stores("book_gap_units", "sku_days"),
    ),
    Kpi(
        "shrinkage",
        "units that vanished or were thrown away without being booked / units sold",
        "share of units sold",
        "lower",
        _ratio("shrunk_units", "sold_units"),
    ),
    Kpi(
        "shrinkage_value",
        "their value at list price / sales at list price",
        "share of sales",
        "lower",
        _ratio("shrunk_value", "sales_value"),
    ),
    Kpi(
        "replenishment_orders_per_day",
        "replenishment orders with a line",
        "orders/day",
        "lower",
        _per_day("replenishment_orders"),
    ),
    Kpi(
        "order_lines_per_week",
        "SKUs on replenishment orders",
        "SKU lines/week",
        "lower",
        lambda t: 7 * t.ordered_lines / t.days,
    ),
    Kpi(
        "bullwhip",
        "variance over days of units purchased / of units demanded",
        "variance of purchases over demand",
        "lower",
        lambda t: _over(*t.swing),
    ),
    Kpi(
        "written_off_per_day", "stock written off, at unit cost", "currency/day", "lower", _per_day("written_off_value")
    ),
    Kpi(
        "written_off_share",
        "stock written off / cost of units sold, both at unit cost",
        "share of cost of sales",
        "lower",
        _ratio("written_off_value", "sales_cost"),
    ),
    Kpi(
        "written_off_share_perishables",
        "the same, of SKUs with a shelf life",
        "share of cost of sales",
        "lower",
        _ratio("perishable_written_off_value", "perishable_sales_cost"),
    ),
    Kpi("transferred_units_per_day", "units moved sideways", "units/day", "neither", _per_day("transfer_units")),
    Kpi(
        "picker_utilisation",
        "pickers' time in use / while warehouses are open",
        "share of pickers' time",
        "neither",
        _ratio("picker_busy_s", "picker_open_s"),
    ),
    Kpi("carbon_per_day", "emissions of freight", "kg CO2e/day", "lower", _per_day("carbon_kg")),
)


def kpis(daily: dict[str, np.ndarray], n_stores: int, warmup_days: int, replication: int) -> pa.Table:
    """The KPIs of one replication, a table of `KPI_SCHEMA`, from counters float64[locations, days], stores first; warm-up days are left out."""
    total = Totals(
        {name: float(daily[name][:, warmup_days:].sum()) for name in COUNTERS},
        {name: float(daily[name][:n_stores, warmup_days:].sum()) for name in COUNTERS},
        daily["customers"].shape[1] - warmup_days,
        tuple(daily[name][:, warmup_days:].sum(axis=0).var() for name in ("purchased_units", "demanded_units")),
    )
    rows = [
        {"replication": replication, "kpi": kpi.name, "value": kpi.of(total), "unit": kpi.unit, "better": kpi.better}
        for kpi in KPIS
    ]
    return pa.Table.from_pylist(rows, schema=KPI_SCHEMA)
