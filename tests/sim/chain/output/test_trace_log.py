"""A trace leaves in time order whatever the order of noting, keeps who follows whom, and holds nothing outside its window."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.output.trace_log import TraceLog, pick
from sim.records.trace import SCHEMA


def rows(log: TraceLog) -> list[dict]:
    return pa.Table.from_batches(log.batches(), schema=SCHEMA).to_pylist()


@given(
    instants=st.lists(st.integers(0, 99), max_size=30), parts=st.integers(1, 4), flushes=st.lists(st.integers(0, 99))
)
def test_rows_leave_in_time_order_with_the_follower_after_its_leader(instants, parts, flushes):
    log = TraceLog(0.0, 100.0)
    for day in sorted({*flushes, 99}):
        today = [t for t in instants if max((f for f in flushes if f < day), default=-1) < t <= day]
        for part in np.array_split(np.array(today, dtype=float), parts):
            checkouts = log.note("checkout", part, 1)
            log.note("return_goods", part + 0.5, 1, follows=checkouts)
        log.flush(day + 0.25)
    found = rows(log)
    assert [row["row"] for row in found] == list(range(len(found)))
    assert [row["t"] for row in found] == sorted(row["t"] for row in found)
    assert [row["t"] for row in found if row["journey"] == "checkout"] == sorted(instants)
    for row in found:
        if row["journey"] == "return_goods":
            assert found[row["follows"]]["journey"] == "checkout"
            assert found[row["follows"]]["t"] == row["t"] - 0.5


def test_the_window_is_half_open_and_what_follows_something_outside_follows_nothing():
    log = TraceLog(10.0, 20.0)
    numbers = log.note("checkout", [9.0, 10.0, 19.5, 20.0], [1, 2, 3, 4])
    assert (numbers >= 0).tolist() == [False, True, True, False]
    log.note("return_goods", [15.0, 16.0], 1, follows=numbers[:2])
    assert [(row["t"], row["journey"], row["follows"]) for row in rows(log)] == [
        (10.0, "checkout", -1),
        (15.0, "return_goods", -1),
        (16.0, "return_goods", 0),
        (19.5, "checkout", -1),
    ]


def test_lines_stay_with_their_journey():
    log = TraceLog(0.0, 10.0)
    lines = np.array([0, 2, 2, 3]), np.array([7, 8, 9]), np.array([1, 2, 3])
    log.note("checkout", [3.0, 1.0, 2.0], 0, lines=lines)
    assert [(row["skus"], row["quantities"]) for row in rows(log)] == [([], []), ([9], [3]), ([7, 8], [1, 2])]


def test_sessions_group_journeys_only_where_told():
    log = TraceLog(0.0, 10.0)
    session = log.sessions(2)
    log.note("search", [1.0, 2.0], 0, session=session)
    log.note("checkout", [3.0, 4.0], 0, session=session)
    log.note("browse", [5.0, 6.0], 0)
    found = [row["session"] for row in rows(log)]
    assert found[:2] == found[2:4]
    assert len(set(found)) == 4


def test_no_window_no_rows():
    log = TraceLog()
    assert not log.wants(0.0, 1e9)
    assert log.note("checkout", [1.0], 0).tolist() == [-1]
    assert rows(log) == []


@given(st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=1, max_size=8), st.data())
def test_pick_takes_whole_rows(lists, data):
    chosen = data.draw(st.lists(st.integers(0, len(lists) - 1), unique=True).map(sorted))
    start = np.concatenate([[0], np.cumsum([len(row) for row in lists])])
    flat = np.array([sku for row in lists for sku in row], dtype=np.int32)
    picked, skus, units = pick((start, flat, flat + 1), np.array(chosen, dtype=np.int64))
    assert [skus[a:b].tolist() for a, b in pairwise(picked)] == [lists[n] for n in chosen]
    assert (units == skus + 1).all()
