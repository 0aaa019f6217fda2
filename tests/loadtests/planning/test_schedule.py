from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.planning import schedule
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS, SCHEMA, TraceHeader

HEADER = TraceHeader("made", "0" * 64, 1, "2026-10-01", "Asia/Shanghai")


@st.composite
def traces(draw) -> pa.Table:
    """Traces in time order, whose rows follow earlier rows of any session."""
    n, rng = draw(st.integers(1, 40)), np.random.default_rng(draw(st.integers(0, 2**32)))
    lines = [rng.integers(0, 9, rng.integers(0, 3)).tolist() for _ in range(n)]
    columns = {
        "row": np.arange(n),
        "t": 1000.0 + np.cumsum(rng.integers(0, 256, n) / 64),
        "session": rng.integers(0, 12, n),
        "journey": rng.choice(JOURNEYS[:4], n),
        "location": rng.integers(-1, 3, n),
        "customer": np.full(n, -1),
        "skus": lines,
        "quantities": lines,
        "follows": [int(rng.integers(-1, i)) if i and rng.random() < 0.3 else -1 for i in range(n)],
    }
    return pa.table(
        {
            name: pa.array(column, SCHEMA.field(name).type)
            if name != "journey"
            else pa.array(column.tolist()).cast(SCHEMA.field(name).type)
            for name, column in columns.items()
        },
        schema=SCHEMA,
    )


@given(traces(), st.integers(1, 4))
def test_workers_cover_each_row_once_and_sessions_stay_whole(trace, workers):
    planned = schedule.link(schedule.cut(trace, 0.0, 1e6, 1.0))
    worker = schedule.shard(planned, workers)
    rows = [row.row for each in range(workers) for row in _rows(planned.filter(worker == each))]
    assert sorted(rows) == list(range(len(trace)))
    sessions, follows = trace["session"].to_pylist(), trace["follows"].to_pylist()
    for i in range(len(trace)):
        assert all(worker[i] == worker[j] for j in range(len(trace)) if sessions[i] == sessions[j])
        assert follows[i] < 0 or worker[follows[i]] == worker[i]


@given(traces())
def test_chunks_carry_the_schedule_unchanged(trace):
    planned = schedule.link(schedule.cut(trace, 0.0, 1e6, 2.0))
    rows = _rows(planned)
    assert [row.at_s for row in rows] == (trace["t"].to_numpy() / 2.0).tolist()
    assert [row.journey for row in rows] == trace["journey"].to_pylist()
    assert [row.skus for row in rows] == trace["skus"].to_pylist()
    assert [row.followers for row in rows] == [trace["follows"].to_pylist().count(i) for i in range(len(trace))]
    for starts_s, chunk in schedule.chunks(planned):
        at_s = chunk["at_s"].to_numpy()
        assert starts_s <= at_s.min()
        assert at_s.max() < starts_s + schedule.CHUNK_S


@given(traces(), st.floats(1000, 1100), st.floats(0.1, 60), st.floats(0.5, 20))
def test_a_window_is_half_open_and_compressed_by_the_time_scale(trace, from_s, length_s, scale):
    window = schedule.cut(trace, from_s, from_s + length_s, scale)
    t = trace["t"].to_numpy()
    assert window["row"].to_pylist() == np.flatnonzero((t >= from_s) & (t < from_s + length_s)).tolist()
    np.testing.assert_allclose(window["at_s"].to_numpy() * scale + from_s, window["t"].to_numpy())


@given(
    st.lists(st.integers(0, 3000), max_size=60).map(lambda ticks: [t / 64 for t in sorted(ticks)]),
    st.integers(1, 1300).map(lambda ticks: ticks / 64),
)
def test_busiest_counts_as_a_plain_scan_does(instants, length_s):
    at_s = np.array(instants)
    plain = max((sum(1 for u in instants if t - length_s < u <= t) for t in instants), default=0)
    # Equal instants end in one place: the count is of the last of them.
    assert schedule.busiest(at_s, length_s) == plain


def test_journeys_that_no_method_covers_are_counted_by_name():
    rows = [{"row": i, "t": float(i), "session": i, "journey": j} for i, j in enumerate(["browse", "report", "report"])]
    kept, left_out = schedule.cover(pa.Table.from_pylist(rows, schema=SCHEMA), {"browse"})
    assert kept["row"].to_pylist() == [0]
    assert left_out == {"report": 2}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("61200", 61200.0),
        ("17:00", 86400 + 61200.0),
        ("17:00:30", 86400 + 61230.0),
        ("2026-10-03T01:00", 2 * 86400 + 3600.0),
    ],
)
def test_instants_are_trace_seconds_or_local_times(text, seconds):
    assert schedule.instant(text, HEADER, first_t=86400 + 30_000.0) == seconds


@pytest.mark.parametrize("text", ["noon", "25:00", "2026-13-01T00:00", "17:00+02:00"])
def test_an_instant_that_is_none_is_refused(text):
    with pytest.raises(Refusal, match="--from/--to"):
        schedule.instant(text, HEADER, first_t=0.0)


def _rows(planned: pa.Table) -> list[schedule.Row]:
    return [row for _, chunk in schedule.chunks(planned) for row in schedule.unpack(schedule.pack(chunk))]


@given(traces(), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_stretch_brings_the_orders_that_its_journeys_follow(trace, start, share, returns):
    if returns:
        pairs = zip(trace["journey"].to_pylist(), trace["follows"].to_pylist(), strict=True)
        names = ["return_goods" if follows < 0 else name for name, follows in pairs]
        trace = trace.set_column(3, "journey", pa.array(names).cast(SCHEMA.field("journey").type))
    t = trace["t"].to_numpy()
    first = t[0] + start * (t[-1] - t[0])
    last = first + share * (t[-1] - first) + 0.5
    inside = trace.filter((t >= first) & (t < last)).to_pylist()
    rows = schedule.rooted(trace, first, last).to_pylist()
    assert [row["row"] for row in rows] == list(range(len(rows)))
    assert all(first <= row["t"] < last for row in rows)
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    for row in rows:
        assert row["follows"] < row["row"], "an order comes before what follows it"
        if row["journey"] == "return_goods" and row["follows"] >= 0:
            assert rows[row["follows"]]["skus"] == row["skus"]
            assert rows[row["follows"]]["journey"] == "checkout"
    alone = sum(row["follows"] >= 0 or (row["journey"] == "return_goods" and bool(row["skus"])) for row in inside)
    brought = len(rows) - len(inside)
    assert sum(row["follows"] >= 0 for row in rows) == alone
    assert brought <= alone


def test_a_looped_stretch_has_an_order_before_every_return():
    from loadtests.planning.shapes import lay

    plain = {"session": 0, "location": 0, "customer": -1, "skus": [1], "quantities": [2]}
    whole = [
        {"row": 0, "t": 5.0, "journey": "checkout", "follows": -1},
        {"row": 1, "t": 12.0, "journey": "return_goods", "follows": 0},
        {"row": 2, "t": 14.0, "journey": "return_goods", "follows": -1},
    ]
    trace = pa.Table.from_pylist([{**plain, **row} for row in whole], schema=SCHEMA)
    stretch = schedule.rooted(trace, 10.0, 20.0)
    planned, _ = lay(stretch, 10.0, 20.0, 1.0, loop_s=30.0)
    at_s = dict(zip(planned["row"].to_pylist(), planned["at_s"].to_pylist(), strict=True))
    returns = [row for row in planned.to_pylist() if row["journey"] == "return_goods"]
    assert len(returns) == 6
    assert all(at_s[row["follows"]] < row["at_s"] for row in returns)


def test_a_clock_time_is_of_the_day_on_which_the_trace_starts():
    afternoon = 3 * 86_400.0 + 50_000.0
    assert schedule.instant("17:30", HEADER, afternoon) == 3 * 86_400 + 17.5 * 3600
    with pytest.raises(Refusal) as refused:
        schedule.instant("teatime", HEADER, 0.0)
    assert refused.value.args[:4] == ("--from/--to", "", "trace seconds, 17:30 or 2026-10-01T17:30", "teatime")


def test_a_schedule_without_rows_has_no_shards_and_no_chunks():
    nothing = schedule.link(schedule.cut(SCHEMA.empty_table(), 0.0, 1.0, 1.0))
    worker = schedule.shard(nothing, 3)
    assert (worker.dtype, len(worker)) == (np.int32, 0)
    assert nothing["followers"].type == pa.int32()
    assert list(schedule.chunks(nothing)) == []
    empty = schedule._place(np.empty(0, np.int64), np.array([3]))
    assert (empty.dtype, len(empty)) == (np.int64, 0)


def test_what_a_row_follows_is_found_at_both_ends_and_nowhere_else():
    row = np.array([3, 5, 9])
    assert schedule._place(row, np.array([3, 5, 9, 4, 2, 10, -1])).tolist() == [0, 1, 2, -1, -1, -1, -1]


def test_chunks_begin_on_their_second(monkeypatch):
    monkeypatch.setattr(schedule, "CHUNK_S", 2.0)
    table = pa.table({"at_s": [0.0, 1.9, 2.0, 7.5]})
    assert [(begin, chunk["at_s"].to_pylist()) for begin, chunk in schedule.chunks(table)] == [
        (0.0, [0.0, 1.9]), (2.0, [2.0]), (6.0, [7.5]),
    ]  # fmt: skip


def test_returns_without_an_order_are_each_bought_once_by_their_own_lines():
    def journey(row, t, name, follows=-1, skus=()):
        return {
            "row": row, "t": t, "session": row, "journey": name, "location": 0, "customer": -1,
            "skus": list(skus), "quantities": [1] * len(skus), "follows": follows,
        }  # fmt: skip

    rows = [
        journey(0, 10.0, "browse"),
        journey(1, 12.0, "return_goods", skus=[7]),
        journey(2, 14.0, "return_goods", skus=[8]),
        journey(3, 15.0, "return_goods"),
        journey(4, 16.0, "return_goods", follows=0, skus=[9]),
    ]
    rooted = schedule.rooted(pa.Table.from_pylist(rows, schema=SCHEMA), 10.0, 20.0)
    assert rooted.schema.equals(SCHEMA)
    rows_with_orders = [(r["row"], r["t"], r["journey"], r["follows"], r["skus"]) for r in rooted.to_pylist()]
    assert rows_with_orders == [
        (0, 10.0, "browse", -1, []),
        (1, 11.0, "checkout", -1, [7]),
        (2, 12.0, "checkout", -1, [8]),
        (3, 12.0, "return_goods", 1, [7]),
        (4, 14.0, "return_goods", 2, [8]),
        (5, 15.0, "return_goods", -1, []),
        (6, 16.0, "return_goods", 0, [9]),
    ]
