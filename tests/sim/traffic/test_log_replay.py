"""A log played as it stands: every ticket at its stamp, with its basket, ties in the log's order."""

import numpy as np
import pytest

from sim.clock import DAY_S
from sim.records.refusal import Refusal
from sim.traffic.day_sheet import Traffic

LOG = """timestamp,ticket,sku,quantity,price,customer,store
2025-10-01 09:30,1,RICE,1,32,M7,Xuhui
2025-10-01 09:30,1,TEA,2,10,M7,Xuhui
2025-10-01 09:30,2,RICE,4,32,,Xuhui
2025-10-02 20:59:59,1,TEA,1,10,M7,Xuhui
2025-10-01 10:00,9,TEA,5,10,,Pudong
"""
SKUS = [{"code": code, "price": 1, "unit_cost": 1} for code in ("SALT", "TEA", "RICE")]


@pytest.fixture
def replay_of(scenario_of, tmp_path):
    def build(text=LOG, stores=None, skus=SKUS, first_day="2025-10-01", days=2, spread_minutes=0, **changes):
        (tmp_path / "log.csv").write_text(text)
        log = {"file": str(tmp_path / "log.csv"), "first_day": first_day, "stores": stores or {}}
        log |= {"spread_minutes": spread_minutes}
        places = [{"code": "SH01"}, {"code": "SH02"}]
        return Traffic(scenario_of(stores=places, skus=skus, traffic={"log": log}, days=days, **changes))

    return build


def test_tickets_are_played_at_their_stamps(replay_of):
    traffic = replay_of(stores={"Xuhui": "SH01", "Pudong": "SH02"})
    first, second, other = traffic.day(0, 0, 0), traffic.day(0, 0, 1), traffic.day(0, 1, 0)
    assert first.arrival_s.tolist() == [9.5 * 3600] * 2
    assert first.line_start.tolist() == [0, 2, 3]
    assert first.line_sku.tolist() == [1, 2, 2]
    assert first.line_units.tolist() == [2, 1, 4]
    assert first.shopping_s.tolist() == [0, 0]
    assert first.customer[0] == second.customer[0] >= 0 > first.customer[1]
    assert second.arrival_s.tolist() == [DAY_S + 20 * 3600 + 59 * 60 + 59]
    assert other.line_units.tolist() == [5]
    assert len(traffic.day(0, 1, 1)) == 0


def test_what_a_log_does_not_tell_is_drawn_by_replication(replay_of):
    traffic = replay_of(stores={"Xuhui": "SH01"})
    one, other = traffic.day(0, 0, 0), traffic.day(1, 0, 0)
    assert one.arrival_s.tobytes() == other.arrival_s.tobytes()
    assert one.fixed_s.tobytes() != other.fixed_s.tobytes()
    assert one.fixed_s.tobytes() == traffic.day(0, 0, 0).fixed_s.tobytes()


def test_stores_that_the_log_leaves_out_keep_drawn_customers(replay_of):
    assert len(replay_of(stores={"Xuhui": "SH01"}).day(0, 1, 0)) > 100


def test_mean_demand_is_the_logs_own(replay_of):
    traffic = replay_of(stores={"Xuhui": "SH01", "Pudong": "SH02"})
    assert traffic.mean_demand.tolist() == [[0, 1.5, 2.5], [0, 2.5, 0]]


def test_the_run_may_begin_in_the_middle_of_the_log(replay_of):
    traffic = replay_of(stores={"Xuhui": "SH01"}, first_day="2025-10-02", days=1)
    assert traffic.day(0, 0, 0).line_sku.tolist() == [1]


def test_a_log_without_stores_is_the_first_stores(replay_of):
    traffic = replay_of("timestamp,ticket,sku,quantity\n2025-10-01 09:30,1,TEA,2\n", days=1)
    assert len(traffic.day(0, 0, 0)) == 1


def test_a_drawn_log_comes_back_whole(scenario_of, log_text, tmp_path):
    shop = scenario_of(days=5)
    (tmp_path / "log.csv").write_text(log_text(shop))
    log = {"file": str(tmp_path / "log.csv"), "first_day": str(shop.start)}
    drawn, played = Traffic(shop), Traffic(scenario_of(days=5, traffic={"log": log}))
    for day in range(5):
        a, b = drawn.day(0, 0, day), played.day(0, 0, day)
        assert np.array_equal(np.floor(a.arrival_s), b.arrival_s)
        assert np.array_equal(a.line_start, b.line_start)
        ticket = np.repeat(np.arange(len(a)), np.diff(a.line_start))
        in_order = np.lexsort((a.line_sku, ticket))  # a log's tickets have their SKUs in order
        assert np.array_equal(a.line_sku[in_order], b.line_sku)
        assert np.array_equal(a.line_units[in_order], b.line_units)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "store: expected the scenario's stores, or traffic.log.stores to say which is which, found 'Xuhui'"),
        ({"stores": {"Minhang": "SH01"}}, "store: expected tickets of Minhang"),
        ({"stores": {"Xuhui": "SH01"}, "skus": SKUS[:2]}, "sku: expected SKUs that the scenario lists .* found 'RICE'"),
        (
            {"stores": {"Xuhui": "SH01"}, "first_day": "2024-01-01"},
            "timestamp: expected tickets from 2024-01-01 to 2024-01-02",
        ),
    ],
)
def test_a_log_that_does_not_fit_the_scenario_says_why(replay_of, changes, said):
    with pytest.raises(Refusal, match=said):
        replay_of(**changes)


def test_a_run_does_not_go_on_when_the_log_has_ended(replay_of):
    """The last day counts of the stores that are played: Pudong's log ends a day earlier, so Pudong alone makes a run of one day."""
    with pytest.raises(Refusal, match=r"^shop: days: expected at most 2, as .*log.csv ends on 2025-10-02, found 3$"):
        replay_of(stores={"Xuhui": "SH01"}, days=3)
    with pytest.raises(Refusal, match=r"^shop: days: expected at most 1, as .*log.csv ends on 2025-10-01, found 2$"):
        replay_of(stores={"Pudong": "SH01"})
    assert len(replay_of(stores={"Pudong": "SH01"}, days=1).day(0, 0, 0)) == 1


def test_a_run_does_not_begin_before_the_log(replay_of):
    with pytest.raises(
        Refusal, match=r"traffic.log.first_day: expected a day from 2025-10-01 on, where .*log.csv begins"
    ):
        replay_of(stores={"Xuhui": "SH01"}, first_day="2025-09-30")


def test_a_day_without_tickets_inside_the_log_is_a_day_without_customers(replay_of):
    later = LOG.replace("2025-10-02", "2025-10-04")
    traffic = replay_of(later, stores={"Xuhui": "SH01"}, days=4)
    assert [len(traffic.day(0, 0, day)) for day in range(4)] == [2, 0, 0, 1]


def test_tickets_outside_opening_hours_are_refused_by_line(replay_of):
    with pytest.raises(
        Refusal, match="line 6: expected tickets within the hours of SH01, 09:00 to 21:00, found '2025-10-01 21:00:00'"
    ):
        replay_of(LOG.replace("10:00,9", "21:00,9"), stores={"Xuhui": "SH01", "Pudong": "SH01"})


def test_tickets_spread_over_their_cells_keep_their_number_their_order_and_the_opening_hours(replay_of):
    traffic = replay_of(stores={"Xuhui": "SH01", "Pudong": "SH02"}, spread_minutes=60)
    one, other, last = traffic.day(0, 0, 0), traffic.day(1, 0, 0), traffic.day(0, 0, 1)
    assert one.line_sku.tolist() == [1, 2, 2]
    assert one.arrival_s.tobytes() != other.arrival_s.tobytes()
    assert one.arrival_s.tobytes() == traffic.day(0, 0, 0).arrival_s.tobytes()
    assert (np.diff(one.arrival_s) >= 0).all()
    assert (one.arrival_s // 3600).tolist() == [9, 9]
    assert DAY_S + 20 * 3600 <= last.arrival_s[0] < DAY_S + 21 * 3600
