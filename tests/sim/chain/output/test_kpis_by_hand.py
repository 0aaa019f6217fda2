"""Every key figure of a chain against two days worked out by hand, on both engines.

One store S1 (a till, a self-checkout for single lines, open 9 to 22), two warehouses W and V, one supplier. SKUs A, B and C at 10, 100 and 1 a
unit, which cost 6, 50 and 0.5. The first of three days is the warm-up: nobody comes. A ticket takes its `service`, 2 s of software unless
it is taken offline, and for the first customer 3 s a line of attributes.

Tuesday at S1                                                       units wanted, and what becomes of them
  08:59:59  comes before doors open                                 1 A lost: closed
  09:00:00  at the till until 09:06:48, brings it back on Wednesday 2 A, 1 B sold
  09:00:10  behind the first, gives up after 320 s                  1 A, 1 B lost: queue
  09:00:20  behind both, waits 388 s                                3 A, 1 C sold
  09:00:30  at the self-checkout; the shelf holds 3 C, 2 are left   2 C sold, 3 C lost: shelf
  15:10:00  mobile payment is down, no cash                         2 A lost: payment
  16:30:00  power cut, 16 to 17                                     1 B lost: outage
  18:10:00  system out of reach, 18:00 to 18:30: offline            1 A sold
  Online: 4 A at 10:00 from W, sold; 2 A at 18:15 cannot be ordered, lost: outage
Wednesday: 1 A sold at S1. Online: 20 B at 10:00, of which W has 10, so 10 lost: shelf; 1 B at 11:00, lost: shelf.

Of the priority class are the customers of 09:00:20 and 18:10.

Sold 11 + 14, lost 14 shelf + 2 queue + 2 payment + 1 closed + 3 outage = 22, wanted 47 (25 on Tuesday, 22 on Wednesday).

Goods: before the run one B at S1, one A at W and one A at V vanish, which the books do not know. On Tuesday S1 orders 10 A (14 left, up to 24)
from W, and W 20 A (16 left, up to 36) from the supplier, which come on Wednesday; V sends W the 24 A that it lacks of ten days' demand. The
last C perishes.
  on hand   S1: A, B, C   W: A, B   V: A    in all     at cost
  Tuesday   24, 1, 1      15, 10    49      100        88 A, 11 B, 1 C = 1078.5
  Wednesday 25, 2, 0      59, 0     25      111        109 A, 2 B      = 754
The two audits of S1, at 18:05, find A, B and C on its shelves; tests/sim/chain/inventory/test_shelf_audit.py has empty ones.
"""

from __future__ import annotations

import pydoc
from pathlib import Path

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.clock import DAY_S
from sim.lab.runs import Run
from sim.records.kpis import CAUSES, KPIS
from sim.scenario.model import Scenario
from sim.traffic.day_sheet import OnlineSheet, Traffic

HOUR_S, NINE = 3600.0, 9 * 3600.0
A, B, C = range(3)
S1, W, V = range(3)
OPENING = {("S1", "A"): 20, ("S1", "B"): 3, ("S1", "C"): 4, ("W", "A"): 30, ("W", "B"): 10, ("V", "A"): 50}
UP_TO = {"policy": "by_class", "otherwise": {"policy": "none"}}

EXPECTED = {
    "customers_per_day": 9 / 2,
    "mean_wait_s": 388 / 5,
    "waits_over_target": 1 / 5,
    "mean_wait_priority_s": 388 / 2,
    "mean_wait_abandoned_s": 320,
    "waits_over_target_all": 2 / 6,
    "abandonment": 1 / 9,
    "turned_away": 2 / 9,
    "payment_lost": 1 / 9,
    "self_checkout_share": 1 / 5,
    # Two lines (2 A, 1 B), two (3 A, 1 C), and one each of 2 C, 1 A and 1 A.
    "lines_per_ticket": 7 / 5,
    "units_per_ticket": 11 / 5,
    "value_per_ticket": (120 + 31 + 2 + 10 + 10) / 5,
    "ticket_handling_time_s": (408 + 52 + 62 + 30 + 60) / 5,
    "utilisation": (408 + 52 + 30 + 60) / (2 * 13 * HOUR_S),
    "system_time_s": 4 * 2 / 5,
    "attribute_entry_time_s": 2 * 3 / 5,
    "offline_tickets": 1 / 5,
    # Doors are open 12 + 13 h; out of reach in them from 17:00 to 17:15 and for half an hour.
    "availability_felt": 1 - 0.75 / 25,
    "sales_per_day": (120 + 31 + 2 + 10 + 10 + 40 + 1000) / 2,
    "fill_rate": 1 - (3 + 10 + 1) / 47,
    "lost_demand": 22 / 47,
    "lost_demand_shelf": (3 + 10 + 1) / 47,
    "lost_demand_queue": 2 / 47,
    "lost_demand_payment": 2 / 47,
    "lost_demand_closed": 1 / 47,
    "lost_demand_outage": (1 + 2) / 47,
    "lost_sales_per_day": (1103 + 110 + 20 + 10 + 120) / 2,
    "lost_sales_shelf_per_day": (3 * 1 + 11 * 100) / 2,
    "lost_sales_queue_per_day": 110 / 2,
    "lost_sales_payment_per_day": 20 / 2,
    "lost_sales_closed_per_day": 10 / 2,
    "lost_sales_outage_per_day": (100 + 20) / 2,
    # C at S1 and B at W, on Wednesday; S1 carries three SKUs, W two, V one.
    "stockout_rate": 2 / 12,
    "returned_units": 3 / 25,
    "returned_unsaleable": 0,
    "shelf_availability": 1 - 0 / 6,
    "missing_filling": 0,
    "missing_record": 0,
    "missing_ordering": 0,
    "missing_upstream": 0,
    "orders_per_day": 3 / 2,
    "orders_lost": 1 / 3,
    # Sourced ten minutes after it was placed, picked in 25 s, half a day on its way.
    "order_handling_time_s": 600 + 25 + DAY_S / 2,
    "parcels_per_order": 2 / 2,
    "shipping_cost_per_order": (4 * 1 + 8 + 10 * 1 + 8) / 2,
    "stock_units": (100 + 111) / 2,
    "stock_value": (1078.5 + 754) / 2,
    "days_of_cover": 211 / 25,
    "days_of_cover_stores": (26 + 27) / 11,
    # W sent S1 10 A, V sent W 24, and W shipped 14 to customers.
    "days_of_cover_warehouses": (25 + 49 + 59 + 25) / (10 + 24 + 14),
    # Sold: 11 A, 11 B and 3 C; of these at S1 7 A, 1 B and 3 C, online 4 A and 10 B.
    "inventory_turns": 365 * (11 * 6 + 11 * 50 + 3 * 0.5) / (1078.5 + 754),
    "stock_discrepancy_rate": 6 / 211,
    "stock_discrepancy_stores": 2 / (26 + 27),
    "stock_discrepancy_warehouses": 4 / (25 + 49 + 59 + 25),
    "wrong_records": 6 / 12,
    "wrong_records_stores": 2 / 6,
    "wrong_records_warehouses": 4 / 6,
    "record_error_stores": 2 / 6,
    "shrinkage": 0,
    "shrinkage_value": 0,
    "replenishment_orders_per_day": 2 / 2,
    "order_lines_per_week": 7 * 2 / 2,
    # Purchases of 20 and 0 units, demand of 25 and 22.
    "bullwhip": 10**2 / 1.5**2,
    "written_off_per_day": 0.5 / 2,
    "written_off_share": 0.5 / (11 * 6 + 11 * 50 + 3 * 0.5),
    "written_off_share_perishables": 0.5 / (3 * 0.5),
    "transferred_units_per_day": 24 / 2,
    # Two parcels, S1's order and the transfer, a line each, of 25 s; two pickers for 16 h a day.
    "picker_utilisation": 4 * 25 / (2 * 2 * 16 * HOUR_S),
    # 10 kg over 100 km and 24 kg over 50 km, at 0.1 kg a tonne-kilometre.
    "carbon_per_day": (0.010 * 100 + 0.024 * 50) * 0.1 / 2,
}


def chain_by_hand(engine: str) -> Scenario:
    hours = {"opens": "06:00", "closes": "22:00", "pickers": 1, "docks": 1}
    return Scenario.model_validate(
        {
            "name": "by-hand",
            "start": "2026-03-02",
            "days": 3,
            "warmup_days": 1,
            "engine": engine,
            "regions": [{"code": "R", "name": "Region"}],
            "stores": [
                {
                    "code": "S1",
                    "region": "R",
                    "warehouse": "W",
                    "customers_per_day": 1,
                    "tills": 1,
                    "self_checkouts": 1,
                    "opens": "09:00",
                    "closes": "22:00",
                }
            ],
            "warehouses": [{"code": code, "region": "R", **hours} for code in ("W", "V")],
            "suppliers": [{"code": "P", "lead_time_days": 1}],
            "lanes": [
                {"origin": "W", "destination": "S1", "lead_time_days": 0, "distance_km": 100},
                {"origin": "V", "destination": "W", "lead_time_days": 0.25, "distance_km": 50},
            ],
            "skus": [
                {"code": "A", "price": 10, "unit_cost": 6, "weight_kg": 1, "sku_class": "moves"},
                {"code": "B", "price": 100, "unit_cost": 50, "weight_kg": 2, "sku_class": "stays"},
                {"code": "C", "price": 1, "unit_cost": 0.5, "sku_class": "stays", "shelf_life_days": 2},
            ],
            "opening_stock": [{"location": at, "sku": sku, "units": n} for (at, sku), n in OPENING.items()],
            "replenishment": {
                "stores": {**UP_TO, "classes": {"moves": {"policy": "s_S", "s": 15, "S": 24, "at": "20:00"}}},
                "warehouses": {**UP_TO, "classes": {"moves": {"policy": "s_S", "s": 16, "S": 36, "at": "21:00"}}},
                "pick_s_per_line": 25,
                "unload_minutes": 30,
                "shelf_days": 3,
            },
            "transfers": {"deficit_days": 5, "surplus_days": 15, "least_units": 1},
            "system": {
                "service": {"latency_s": 2, "availability": 1, "outages_per_30_days": 0},
                "attribute_entry": True,
                "backup_payment_channel": False,
                "stock_sync_minutes": 0,
            },
            "trading": {
                "payments": [{"name": name, "share": 1 / 3, "pays_s": 0} for name in ("mobile", "card", "cash")],
                "self_checkout_lines": 1,
                "wait_target_s": 300,
            },
            "online": {
                "from_stores": False,
                "ship_cost_same_region": 1,
                "parcel_cost": 8,
                "batch_minutes": 10,
                "delivery_days": 0.5,
            },
            "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None, "audit_at": "18:05"},
            "faults": [
                {"kind": "payment_outage", "channel": "mobile", "at": "2026-03-03T15:00", "minutes": 30},
                {"kind": "power_cut", "stores": ["S1"], "at": "2026-03-03T16:00", "minutes": 60},
                {"kind": "system_outage", "at": "2026-03-03T16:45", "minutes": 30},
                {"kind": "system_outage", "at": "2026-03-03T18:00", "minutes": 30},
            ],
        }
    )


def tuesday_and_wednesday(visit):
    """Customers of S1 by day; instants are those of the table above."""
    nine = DAY_S + NINE
    return {
        1: [
            visit(nine - 1, wants=((A, 1),)),
            visit(nine, 400.0, wants=((A, 2), (B, 1)), per_sku=3.0, returns=2 * DAY_S + 10 * HOUR_S),
            visit(nine + 10, wants=((A, 1), (B, 1)), patience=320.0),
            visit(nine + 20, 50.0, wants=((A, 3), (C, 1)), priority=True),
            visit(nine + 30, 60.0, wants=((C, 5),)),
            visit(DAY_S + 15 * HOUR_S + 600, wants=((A, 2),)),
            visit(DAY_S + 16 * HOUR_S + 1800, wants=((B, 1),)),
            visit(DAY_S + 18 * HOUR_S + 600, 30.0, wants=((A, 1),), channel=1, priority=True),
        ],
        2: [visit(2 * DAY_S + NINE, 58.0, wants=((A, 1),))],
    }


def orders(day: int) -> OnlineSheet:
    """(hour, SKU, units) of each order of a day."""
    placed = {1: [(10, A, 4), (18.25, A, 2)], 2: [(10, B, 20), (11, B, 1)]}.get(day, [])
    n = len(placed)
    return OnlineSheet(
        day=day,
        placed_s=np.array([day * DAY_S + hour * HOUR_S for hour, _, _ in placed], dtype=np.float64),
        region=np.zeros(n, dtype=np.int32),
        line_start=np.arange(n + 1, dtype=np.int64),
        line_sku=np.array([sku for _, sku, _ in placed], dtype=np.int32),
        line_units=np.array([units for _, _, units in placed], dtype=np.int32),
        pick_u=np.full(n, 0.5),
        delivery_u=np.full(n, 0.5),
        browse_s=np.empty(0),
        browse_sku=np.empty(0, dtype=np.int32),
        key=0,
    )


@pytest.fixture(scope="module", params=["simpy", "compiled"])
def figures(request, visit, sheet):
    """The key figures of the days, by name."""
    visits = tuesday_and_wednesday(visit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Traffic, "mean_demand", np.array([[4.0, 1.0, 1.0]]))
        patch.setattr(Traffic, "mean_online_demand", np.zeros(3))
        patch.setattr(Traffic, "day", lambda traffic, replication, store, day: sheet(visits.get(day, []), day))
        patch.setattr(Traffic, "online", lambda traffic, replication, day: orders(day))
        chain = Chain(chain_by_hand(request.param))
        chain.ledger.shrink(np.array([S1, W, V]), np.array([B, A, A]))
        table = chain.play().kpis
    return dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))


def test_every_key_figure_has_been_worked_out_by_hand():
    assert list(EXPECTED) == [kpi.name for kpi in KPIS]


def test_the_docs_list_every_key_figure_in_the_words_of_its_entry():
    page = (Path(__file__).parents[4] / "docs" / "trading.md").read_text(encoding="utf-8")
    listed = [line for line in page.partition("## 14. Key figures")[2].splitlines() if line.startswith("| `")]
    escaped = [kpi.meaning.replace("|", r"\|") for kpi in KPIS]
    assert listed == [
        f"| `{kpi.name}` | {words} | {kpi.unit} | {kpi.better} |" for kpi, words in zip(KPIS, escaped, strict=True)
    ]


def test_help_describes_every_key_figure_in_the_words_of_its_entry():
    described = " ".join(pydoc.plain(pydoc.render_doc(Run.kpis)).split())
    assert [kpi.name for kpi in KPIS if f"{kpi.meaning} [{kpi.unit}" not in described] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_a_key_figure_is_what_a_hand_finds(figures, name):
    assert figures[name] == pytest.approx(EXPECTED[name], rel=1e-12)


def test_causes_add_up_to_lost_demand(figures):
    for whole, part in (("lost_demand", "lost_demand_{}"), ("lost_sales_per_day", "lost_sales_{}_per_day")):
        assert sum(figures[part.format(cause)] for cause in CAUSES) == pytest.approx(figures[whole], rel=1e-12)
