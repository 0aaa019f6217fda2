"""The key figures of a chain: one table of the name, the unit and the formula of each."""

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
    """Variances over days of all warehouses' purchases, and of all customers' demand."""

    def __getattr__(self, name: str) -> float:
        try:
            return self.counted[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Kpi:
    """A key figure: its unit, which direction is better, and how it is made from the totals."""

    name: str
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
    return lambda total: _over(*(total.counted[name] - total.in_stores[name] for name in (part, whole)))


def _per_day(name: str) -> Callable[[Totals], float]:
    return lambda total: getattr(total, name) / total.days


CAUSES = ("shelf", "queue", "payment", "closed", "outage")
"""Of lost demand (docs/trading.md, 13): the parts add up to it."""

KPIS: tuple[Kpi, ...] = (
    # customers and tills
    Kpi("customers_per_day", "customers/day", "neither", _per_day("customers")),
    Kpi("mean_wait_s", "s", "lower", _ratio("wait_s", "tickets")),
    Kpi("waits_over_target", "share of tickets", "lower", _ratio("waits_over_target", "tickets")),
    Kpi("mean_wait_abandoned_s", "s", "lower", _ratio("abandoned_wait_s", "abandoned_waits")),
    Kpi(
        "waits_over_target_all",
        "share of tickets and lines left",
        "lower",
        lambda t: _over(t.waits_over_target + t.abandoned_waits_over_target, t.tickets + t.abandoned_waits),
    ),
    Kpi("abandonment", "share of customers", "lower", _ratio("abandoned", "customers")),
    Kpi("turned_away", "share of customers", "lower", _ratio("turned_away", "customers")),
    Kpi("payment_lost", "share of customers", "lower", _ratio("payment_lost", "customers")),
    Kpi("self_checkout_share", "share of tickets", "neither", _ratio("self_checkout_tickets", "tickets")),
    Kpi("ticket_handling_time_s", "s", "lower", _ratio("ticket_handling_s", "tickets")),
    Kpi("utilisation", "share of staffed till time", "neither", _ratio("till_busy_s", "till_open_s")),
    # the software, as it delays the chain
    Kpi("system_time_s", "s/ticket", "lower", _ratio("system_s", "tickets")),
    Kpi("attribute_entry_time_s", "s/ticket", "lower", _ratio("attribute_entry_s", "tickets")),
    Kpi("offline_tickets", "share of tickets", "lower", _ratio("offline_tickets", "tickets")),
    Kpi("availability_felt", "share of time with open doors", "higher", lambda t: 1 - _over(t.outage_s, t.opening_s)),
    # sales and service
    Kpi("sales_per_day", "currency/day", "higher", _per_day("sales_value")),
    Kpi("fill_rate", "share of units", "higher", lambda t: 1 - _over(t.short_units, t.demanded_units)),
    Kpi("lost_demand", "share of units", "lower", _ratio("lost_units", "demanded_units")),
    *(
        Kpi(f"lost_demand_{cause}", "share of units", "lower", _ratio(f"lost_{cause}_units", "demanded_units"))
        for cause in CAUSES
    ),
    Kpi("lost_sales_per_day", "currency/day", "lower", _per_day("lost_value")),
    *(Kpi(f"lost_sales_{cause}_per_day", "currency/day", "lower", _per_day(f"lost_{cause}_value")) for cause in CAUSES),
    Kpi("stockout_rate", "share of SKU-days", "lower", _ratio("stockout_sku_days", "sku_days")),
    Kpi("returned_units", "share of units sold", "neither", _ratio("returned_units", "sold_units")),
    # online
    Kpi("orders_per_day", "orders/day", "neither", _per_day("orders")),
    Kpi("orders_lost", "share of orders", "lower", _ratio("orders_lost", "orders")),
    Kpi("order_handling_time_s", "s", "lower", _ratio("order_handling_s", "orders_handed_over")),
    Kpi("parcels_per_order", "parcels/order", "lower", lambda t: _over(t.parcels, t.orders - t.orders_lost)),
    Kpi(
        "shipping_cost_per_order", "currency/order", "lower", lambda t: _over(t.shipping_cost, t.orders - t.orders_lost)
    ),
    # stock and freight
    Kpi("stock_units", "units", "neither", _per_day("on_hand_units")),
    Kpi("stock_value", "currency", "lower", _per_day("on_hand_value")),
    Kpi("days_of_cover", "days of sales", "neither", _ratio("on_hand_units", "sold_units")),
    Kpi("stock_discrepancy_rate", "share of units on hand", "lower", _ratio("book_gap_units", "on_hand_units")),
    Kpi(
        "stock_discrepancy_stores",
        "share of units on hand",
        "lower",
        _in_stores("book_gap_units", "on_hand_units"),
    ),
    Kpi(
        "stock_discrepancy_warehouses",
        "share of units on hand",
        "lower",
        _in_warehouses("book_gap_units", "on_hand_units"),
    ),
    Kpi("wrong_records", "share of SKU-days", "lower", _ratio("wrong_record_days", "sku_days")),
    Kpi("wrong_records_stores", "share of SKU-days", "lower", _in_stores("wrong_record_days", "sku_days")),
    Kpi("wrong_records_warehouses", "share of SKU-days", "lower", _in_warehouses("wrong_record_days", "sku_days")),
    Kpi("replenishment_orders_per_day", "orders/day", "lower", _per_day("replenishment_orders")),
    Kpi("order_lines_per_week", "SKU lines/week", "lower", lambda t: 7 * t.ordered_lines / t.days),
    Kpi("bullwhip", "variance of purchases over demand", "lower", lambda t: _over(*t.swing)),
    Kpi("written_off_per_day", "currency/day", "lower", _per_day("written_off_value")),
    Kpi("transferred_units_per_day", "units/day", "neither", _per_day("transfer_units")),
    Kpi("picker_utilisation", "share of pickers' time", "neither", _ratio("picker_busy_s", "picker_open_s")),
    Kpi("carbon_per_day", "kg CO2e/day", "lower", _per_day("carbon_kg")),
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
