"""docs/trading.md 15: stores that change over in a chain, with both engines, against closed forms and against the chain without."""

from math import exp

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.chain.store.service import Service
from sim.records.profile import LEVELS

DAY = 86_400.0
CONSTANT = {
    "fixed_s": 12,
    "item_s": 3,
    "attribute_entry_s": 4,
    "payments": [{"name": "card", "share": 1, "pays_s": 20}],
}
LATENCY_S = 0.5


def played(scenario):
    """The daily table, by store code."""
    daily = Chain(scenario).play().daily.to_pandas()
    return {code: rows.reset_index() for code, rows in daily.groupby("location_code")}


def test_the_clerks_part_of_a_ticket_is_the_settled_one_over_the_learning_curve_day_by_day(scenario):
    service = {"latency_s": LATENCY_S}
    learning = {"proficiency": 0.6, "time_constant_days": 3}
    change = {"on": "2025-01-08", "stores": ["S1"], "learning": learning}
    days = played(scenario(days=8, trading=CONSTANT, system={"service": service}, changeovers=[change]))
    for code, first in [("S1", 2), ("S2", 99)]:
        rows = days[code]
        clerk_s = rows.ticket_handling_s - rows.tickets * 20 - rows.system_s
        settled_s = rows.tickets * 12 + rows.ticket_units * 3
        expected = [1.0 if day < first else 1 - 0.4 * exp(-(day - first) / 3) for day in range(8)]
        assert (settled_s / clerk_s).tolist() == pytest.approx(expected, rel=1e-6)


def test_noticed_errors_add_their_time_to_tickets_at_the_share_of_the_day(scenario):
    errors = {"settled": 0.01, "untrained": 0.21, "redo_s": 16}
    change = {"on": "2025-01-06", "learning": {"proficiency": 0.5, "errors": errors}}
    rows = played(scenario(days=4, trading=CONSTANT, changeovers=[change]))["S1"]
    clerk_s = (rows.tickets * 12 + rows.ticket_units * 3) / 0.5
    redone = (rows.ticket_handling_s - rows.tickets * 20 - rows.system_s - clerk_s).sum() / 16
    lines, share = rows.ticket_lines.sum(), 0.11
    assert abs(redone - lines * share) < 4 * np.sqrt(lines * share * (1 - share))


def test_unnoticed_errors_are_booked_as_other_skus(scenario):
    errors = {"settled": 0, "untrained": 0.4, "unnoticed": 0.5}
    accuracy = {"misscan_share": 0, "shrinkage_share": 0, "count_every_days": None}
    change = {"on": "2025-01-07", "stores": ["S1"], "learning": {"proficiency": 0.5, "errors": errors}}
    chain = Chain(scenario(days=3, accuracy=accuracy, changeovers=[change]))
    chain.play()
    gap = np.abs(chain.ledger.book + chain.ledger.in_baskets - chain.ledger.physical)
    assert gap[0].sum() > 0
    assert gap[1].sum() == 0


changes = st.fixed_dictionaries(
    {
        "on": st.sampled_from(["2025-01-04", "2025-01-06", "2025-01-07"]),
        "learning": st.fixed_dictionaries(
            {"proficiency": st.sampled_from([0.3, 0.9, 1])},
            optional={
                "time_constant_days": st.just(2),
                "errors": st.just({"settled": 0.1, "untrained": 0.5, "redo_s": 7.3, "unnoticed": 0.2}),
            },
        ),
    },
    optional={
        "stores": st.sampled_from([["S1"], ["S2"]]),
        "modules": st.lists(st.sampled_from(["stock and tills", "members", "marketing", "reports"]), unique=True),
        "system": st.fixed_dictionaries(
            {},
            optional={
                "service": st.sampled_from(
                    [{"latency_s": 2}, {"availability": 0.8}, {"outages_per_30_days": 300, "outage_minutes": 30}]
                ),
                "offline_tills": st.booleans(),
                "backup_payment_channel": st.booleans(),
                "stock_sync_minutes": st.sampled_from([0, 7]),
                "attribute_entry": st.booleans(),
                "till_failures_per_day": st.sampled_from([0, 3]),
            },
        ),
    },
)


@settings(max_examples=12, deadline=None)
@given(change=changes, attribute_entry=st.booleans(), self_checkouts=st.integers(0, 1))
def test_both_engines_agree_on_chains_that_change_over_and_stores_that_do_not_are_as_without(
    scenario, change, attribute_entry, self_checkouts
):
    sections = {
        "store": {"self_checkouts": self_checkouts},
        "system": {"attribute_entry": attribute_entry},
        "faults": [{"kind": "payment_outage", "channel": "mobile", "at": "2025-01-07T11:00", "minutes": 90}],
        "transfers": {"stores": False},
        "online": {"orders_per_day": 0},
    }
    compiled, simpy = (
        Chain(scenario(**sections, changeovers=[change], engine=engine)).play() for engine in ("compiled", "simpy")
    )
    assert compiled.daily.equals(simpy.daily)
    if (stores := change.get("stores")) is not None:
        without = Chain(scenario(**sections)).play().daily
        other = pa.compute.is_in(without["location_code"], pa.array({"S1", "S2"} - set(stores)))
        for name in ("tickets", "wait_s", "ticket_handling_s", "sold_units"):
            assert without.filter(other)[name].equals(compiled.daily.filter(other)[name]), name


def profile(*levels):
    return {
        "source": "test",
        "measured": True,
        "journeys": {
            "checkout": [
                {"requests_per_s": load, "journeys": 1000, "latency_s": [latency_s] * len(LEVELS)}
                | dict.fromkeys(("availability", "availability_low", "availability_high"), 1.0)
                for load, latency_s in levels
            ]
        },
        "outages": {"window_s": 3600.0, "gap_s": 1.0, "lengths_s": [], "unavailability_high": 0.01},
    }


def test_each_software_has_the_load_of_its_own_stores(scenario, sheet, visit):
    """Two changeovers with equal services are one software."""
    new = profile((0.0, 1.0), (1.0, 2.0))
    changes = [
        {"on": "2025-01-07", "stores": [code], "system": {"service": new, "stock_sync_minutes": minutes}}
        for code, minutes in [("S1", 0), ("S2", 9)]
    ]
    service = Service(scenario(changeovers=changes), 0)
    assert service.feels_load
    old = service.of(0, 0)
    assert service.of(0, 1) is service.of(1, 1) is not old
    assert [service.sync_s(store, 1) for store in (0, 1)] == [0, 540]
    for day, expected in [(0, (60, 0)), (1, (0, 60))]:
        sheets = [sheet([visit(day * DAY + 10.0 + n) for n in range(30)], day=day) for _ in range(2)]
        service.load_day([sheets[0], sheets[1]])
        assert tuple(software.load_per_s[0] * 300 for software in service.software) == expected
    answers = service.of(0, 1).answers(sheets[0])
    assert answers.system_s(0, DAY + 10.0) == pytest.approx(1 + 60 / 300, abs=1e-6)


def test_an_outage_of_a_software_is_felt_by_the_stores_that_work_with_it_and_only_then(scenario):
    shaky = {"outages_per_30_days": 3_000, "outage_minutes": 5}
    change = {"on": "2025-01-16", "stores": ["S1"], "system": {"service": shaky}}
    service = Service(scenario(days=20, changeovers=[change]), 0)
    spans, outages = service.unreachable_s(0), np.array(service.of(0, 10).outages_s)
    assert len(outages) > 1_000
    assert spans[:, 0].min() >= 10 * DAY
    later = outages[outages[:, 1] > 10 * DAY]
    assert spans.tolist() == [span for span in spans.tolist() if span[1] > span[0]]
    covered = np.searchsorted(spans[:, 0], np.maximum(later[:, 0], 10 * DAY), side="right") - 1
    assert np.all(later[:, 1] <= spans[covered, 1])
    assert not len(service.unreachable_s(1))
    assert not len(service.unreachable_s(None))


def test_devices_fail_at_the_rate_of_the_system_of_the_day(scenario):
    change = {"on": "2025-01-16", "stores": ["S1"], "system": {"till_failures_per_day": 40}}
    repairs = Service(scenario(days=20, changeovers=[change]), 0).repairs
    failures = [len(repairs.of(store, day)) for store, day in [(0, 9), (0, 10), (1, 10)]]
    assert failures[::2] == [0, 0]
    assert abs(failures[1] - 80) < 4 * np.sqrt(80)


def test_journeys_of_a_module_are_in_the_trace_from_the_changeover_on(scenario):
    change = {"on": "2025-01-07", "stores": ["S1"], "modules": ["members", "reports", "stock and tills"]}
    window = {"first": "2025-01-06", "last": "2025-01-08"}
    sections = {"traffic": {"member_share": 0.5}, "accuracy": {"count_every_days": 1}, "trace": window}
    with_, without = (
        pa.Table.from_batches(Chain(scenario(changeovers=c, **sections)).play().trace).to_pandas()
        for c in ([change], [])
    )
    switched = ("member_lookup", "report", "stock_count")
    for journey in switched:
        rows, usual = (trace[(trace.journey == journey) & (trace.location < 2)] for trace in (with_, without))
        at = usual[(usual.location == 1) | (usual.t >= DAY)]
        assert len(at) < len(usual)
        assert rows[["t", "location"]].values.tolist() == at[["t", "location"]].values.tolist()
    assert (with_.journey == "checkout").sum() == (without.journey == "checkout").sum()
