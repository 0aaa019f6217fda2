"""docs/trading.md 13: what a store-day amounts to."""

import numpy as np
import pytest

from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog
from sim.chain.store.engine import ReserveRule
from sim.chain.store.receipts import count, receipts
from sim.chain.store.regimes import Regimes
from sim.chain.store.service import Service
from sim.clock import DAY_S

NINE, TEN = 9 * 3600.0, 10 * 3600.0
PRICE = np.array([1.0, 10.0, 100.0, 1000.0])


class Counted:
    """One day of store S1, played, counted and noted."""

    def __init__(self, scenario, day, visits, **rules):
        self.service = Service(scenario, 0)
        self.changes = Regimes(scenario, self.service, 0).of(0)
        rules = {"tills": 2, "unmet": scenario.trading.unmet, **rules}
        a_day = day(**rules)
        offered = [(t, vars(regime)) for t, regime in self.changes]
        self.sheet, self.result = visits, a_day.play(visits, offered)
        self.tally, self.trace = Tally(3, 2), TraceLog(0.0, 2 * DAY_S)
        count(self.tally, scenario, PRICE, visits, self.result, self.changes)
        self.receipts = receipts(visits, self.result, self.service, self.trace)

    def __getitem__(self, name):
        rows = self.tally.hourly.get(name, self.tally.daily.get(name))
        assert rows[1:].sum() == 0
        return rows[0].sum()

    def rows(self):
        return [row for batch in self.trace.batches() for row in batch.to_pylist()]


@pytest.fixture(scope="session")
def counted(day, sheet):
    return lambda scenario, visits, **rules: Counted(scenario, day, sheet(visits), **rules)


def test_every_customer_has_one_fate_and_every_unit_one_end(scenario, counted, visit):
    wants = ((0, 2), (1, 3))
    visits = [
        visit(NINE - 1, wants=wants),
        visit(NINE, 600.0, wants=wants),
        visit(NINE, 600.0, wants=wants),
        visit(NINE + 1, patience=60.0, wants=wants),
        visit(NINE + 2, wants=wants, shops=300.0),
        visit(NINE + 3, wants=wants, shops=2000.0),
        visit(NINE + 4, wants=wants, shops=2000.0),
    ]
    c = counted(scenario(), visits, stock=(5, 8, 0, 0))
    assert c["customers"] == 7
    assert (
        c["customers"]
        == c["tickets"] + c["abandoned"] + c["turned_away"] + c["payment_lost"] + (c.result.fate == 4).sum()
    )
    assert c["demanded_units"] == 35
    assert c["demanded_units"] == c["sold_units"] + c["lost_units"]
    assert c["sold_units"] == c.receipts.units.sum() == 13
    assert c["abandoned_units"] == 3
    assert c["sales_value"] == 5 * 1 + 8 * 10
    assert c["lost_value"] == (14 - 5) * 1 + (21 - 8) * 10


def test_promises_are_neither_sold_nor_lost(scenario, counted, visit):
    visits = [visit(NINE, wants=((0, 3),)), visit(NINE + 9, wants=((1, 2),))]
    c = counted(scenario(trading={"unmet": "backordered"}), visits, stock=(1, 0, 0, 0))
    assert (c["sold_units"], c["backordered_units"], c["lost_units"]) == (1, 4, 0)
    assert [row["skus"] for row in c.rows()] == [[0]]
    assert c.receipts.note.tolist()[1] == -1


def test_a_substitute_that_was_on_the_list_too_is_one_line_of_the_receipt(scenario, counted, visit):
    group = np.array([1, 0, 2, 3], dtype=np.int32)
    visits = [visit(NINE, wants=((0, 2), (1, 1), (3, 1)))]
    c = counted(scenario(trading={"unmet": "substituted"}), visits, stock=(0, 9, 0, 9), next_in_group=group)
    assert (c.receipts.sku.tolist(), c.receipts.units.tolist()) == ([1, 3], [3, 1])
    assert (c["sold_units"], c["substituted_units"], c["lost_units"]) == (4, 2, 0)
    assert c["sales_value"] == 1030


def test_waits_and_till_time_fall_into_the_hours_in_which_they_pass(scenario, counted, visit):
    visits = [visit(TEN - 100.0, 400.0), visit(TEN - 100.0, 50.0), visit(TEN - 80.0, 50.0)]
    c = counted(scenario(trading={"wait_target_s": 20.0}), visits)
    assert c.tally.hourly["till_busy_s"][0, 9:11].tolist() == [100 + 50 + 50, 300]
    assert c.tally.hourly["wait_s"][0, 9] == 30
    assert c["waits_over_target"] == 1
    assert c["ticket_handling_s"] == 500


def test_tills_are_open_until_closing_or_until_the_last_customer_leaves(scenario, counted, visit):
    closes = 22 * 3600.0
    one = counted(scenario(), [visit(NINE)])
    late = counted(scenario(), [visit(closes - 10.0, 70.0), visit(closes + 900.0)])
    assert one["till_open_s"] == 2 * 13 * 3600
    assert late["till_open_s"] == 2 * (13 * 3600 + 60)
    assert one["opening_s"] == late["opening_s"] == 13 * 3600


def test_self_checkouts_are_no_staffed_till_time(scenario, counted, visit):
    changed = scenario(store={"self_checkouts": 1})
    c = counted(changed, [visit(NINE, 60.0, self_checkout_u=0.0)], self_checkouts=1, self_checkout_lines=9)
    assert c.result.till.tolist() == [2]
    assert (c["till_busy_s"], c["till_open_s"]) == (0, 2 * 13 * 3600)


def test_an_outage_counts_while_the_store_is_open(scenario, counted, visit):
    faults = [{"kind": "system_outage", "at": "2025-01-06T08:30", "minutes": 60}]
    c = counted(scenario(faults=faults), [visit(NINE)])
    assert c["outage_s"] == 1800
    assert c["offline_tickets"] == 1


def test_a_visit_that_midnight_ends_counts_in_the_last_hour_of_its_day(scenario, counted, visit):
    c = counted(scenario(), [visit(22 * 3600.0 - 1, 2.5 * 3600), visit(22 * 3600.0 - 1, shops=3 * 3600.0)])
    assert c.tally.hourly["abandoned"][0, 23] == 2


def test_a_members_ticket_is_a_look_up_when_it_begins_and_a_checkout_when_payment_is_due(scenario, counted, visit):
    visits = [visit(NINE, 60.0, pays=(6.0, 0, 0), member=42, wants=((1, 2), (3, 1))), visit(TEN, 60.0)]
    look_up, checkout, stranger = counted(scenario(), visits).rows()
    assert (look_up["journey"], look_up["t"], look_up["customer"]) == ("member_lookup", NINE, 42)
    assert (checkout["journey"], checkout["t"], checkout["session"]) == ("checkout", NINE + 60, look_up["session"])
    assert (checkout["skus"], checkout["quantities"], checkout["location"]) == ([1, 3], [2, 1], 0)
    assert (stranger["journey"], stranger["customer"]) == ("checkout", -1)


def test_offline_tickets_reach_the_software_when_it_is_back(scenario, counted, visit):
    faults = [{"kind": "system_outage", "at": "2025-01-06T09:00", "minutes": 20}]
    c = counted(scenario(faults=faults), [visit(NINE + 60, member=42)])
    assert [(row["journey"], row["t"]) for row in c.rows()] == [("checkout", NINE + 1200)]


def test_what_was_not_paid_leaves_no_row(scenario, counted, visit):
    c = counted(scenario(), [visit(NINE, 7200.0), visit(NINE, 7200.0), visit(NINE, patience=5.0)])
    assert len(c.rows()) == len(c.receipts.customer) == 2


def test_an_empty_day_counts_only_its_hours(scenario, counted):
    c = counted(scenario(), [])
    assert c["till_open_s"] == 2 * 13 * 3600
    assert c["customers"] == c["sold_units"] == 0
    assert c.rows() == []


def test_till_time_counts_reserve_tills_while_they_are_open(scenario, counted, visit):
    rosters = [{"roster": "r", "starts": "09:00", "ends": "22:00", "tills": 1, "reserve_tills": 1}]
    trading = {"reserve": {"open_above": 1, "opens_s": 30}}
    made = scenario(store={"roster": "r"}, rosters=rosters, trading=trading)
    # The second of those who wait calls the till, which serves the first of them from 09:00:30 to 09:02:10, then the next to 09:03:50.
    c = counted(made, [visit(NINE, 600.0), *[visit(NINE, 100.0)] * 2], reserve=ReserveRule(1, 0, 30))
    assert c["till_open_s"] == 13 * 3600 + 200
    assert c["till_busy_s"] == 800
