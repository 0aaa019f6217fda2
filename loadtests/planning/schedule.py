"""From a trace to the intended starts of each worker: pure functions over columns, without a clock and without HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from loadtests.journey import Row
from sim.clock import DAY_S
from sim.records.refusal import Refusal
from sim.records.trace import TraceHeader

CHUNK_S = 1.0
"""Length of the stretches, in seconds of the run, in which a schedule reaches a worker: short, because unpacking one stops the worker's clock."""


def instant(text: str, header: TraceHeader, first_t: float) -> float:
    """Trace seconds for `--from` or `--to`: a number of seconds, a local date and time, or a clock time on the day the trace starts.

    `first_t` is the trace's first instant. Raises `Refusal` for anything else.
    """
    try:
        return float(text)
    except ValueError:
        pass
    midnight = datetime.fromisoformat(header.start)
    try:
        if "-" not in text:
            clock = time.fromisoformat(text)
            day = midnight + timedelta(days=first_t // DAY_S)
            return (datetime.combine(day, clock) - midnight).total_seconds()
        return (datetime.fromisoformat(text) - midnight).total_seconds()
    except (ValueError, TypeError):
        raise Refusal("--from/--to", "", "trace seconds, 17:30 or 2026-10-01T17:30", text) from None


def cut(trace: pa.Table, from_s: float, to_s: float, time_scale: float) -> pa.Table:
    """The rows with `from_s` ≤ t < `to_s`, with `at_s`: seconds from the run's start, `time_scale` trace seconds to one of them."""
    t = trace["t"].to_numpy()
    low, high = np.searchsorted(t, [from_s, to_s], side="left")
    window = trace.slice(low, high - low)
    return window.append_column("at_s", pa.array((t[low:high] - from_s) / time_scale))


def rooted(trace: pa.Table, from_s: float, to_s: float) -> pa.Table:
    """The rows with `from_s` ≤ t < `to_s`, numbered anew, and with them the orders that they follow.

    An order that lies outside the stretch is taken from the trace; goods returned of an order that lies before the trace are bought with the
    return's own lines. Either comes half-way between the stretch's beginning and the first journey that follows it, so that the orders are
    spread out. A journey that follows another, with neither order nor basket lines, is left unchanged.
    """
    t = trace["t"].to_numpy()
    low, high = np.searchsorted(t, [from_s, to_s], side="left")
    here = trace.slice(low, high - low).to_pylist()
    there = {each["row"] for each in here}
    outside = sorted({each["follows"] for each in here if each["follows"] >= 0} - there)
    orders = {each["row"]: each for each in trace.filter(np.isin(trace["row"].to_numpy(), outside)).to_pylist()}
    brought: dict[int, dict] = {}
    unnumbered = -1
    for each in here:
        if each["follows"] < 0 and each["journey"] == "return_goods" and each["skus"]:
            unnumbered -= 1
            each["follows"] = unnumbered
            orders[unnumbered] = {**each, "row": unnumbered, "journey": "checkout", "follows": -1}
        order = each["follows"]
        if order in orders and order not in brought:
            brought[order] = {**orders[order], "t": (from_s + each["t"]) / 2, "follows": -1}
    rows = sorted([*brought.values(), *here], key=lambda each: each["t"])
    number = {each["row"]: place for place, each in enumerate(rows)}
    for each in rows:
        each["row"], each["follows"] = number[each["row"]], number.get(each["follows"], -1)
    return pa.Table.from_pylist(rows, schema=trace.schema)


def cover(schedule: pa.Table, journeys: Collection[str]) -> tuple[pa.Table, dict[str, int]]:
    """The rows whose journey an adapter covers, and the number of the others by journey."""
    names = schedule["journey"].cast(pa.string())
    covered = pc.is_in(names, value_set=pa.array(sorted(journeys), pa.string()))
    left_out = pc.value_counts(names.filter(pc.invert(covered))).to_pylist()
    return schedule.filter(covered), {each["values"]: each["counts"] for each in left_out}


def link(schedule: pa.Table) -> pa.Table:
    """Append `followers`: how many rows of the schedule need this one."""
    row, follows = schedule["row"].to_numpy(), schedule["follows"].to_numpy()
    place = _place(row, follows)
    followers = np.bincount(place[place >= 0], minlength=len(row))
    return schedule.append_column("followers", pa.array(followers.astype(np.int32)))


def shard(schedule: pa.Table, workers: int) -> np.ndarray:
    """The worker of each row, int32[n]: journeys of one session, and journeys that follow one another across sessions, share a worker.

    A function of the sessions alone, so every process that reads the trace computes the same shards.
    """
    sessions, session = np.unique(schedule["session"].to_numpy(), return_inverse=True)
    if not len(sessions):
        return np.empty(0, dtype=np.int32)
    place = _place(schedule["row"].to_numpy(), schedule["follows"].to_numpy())
    here = np.flatnonzero(place >= 0)
    bonds = coo_array((np.ones(len(here)), (session[here], session[place[here]])), shape=(len(sessions),) * 2)
    _, family = connected_components(bonds, directed=False)
    return (family[session] % workers).astype(np.int32)


def busiest(at_s: np.ndarray, length_s: float) -> int:
    """The most journeys that start within any `length_s` seconds."""
    if not len(at_s):
        return 0
    return int((np.arange(1, len(at_s) + 1) - np.searchsorted(at_s, at_s - length_s, side="right")).max())


def chunks(schedule: pa.Table) -> Iterator[tuple[float, pa.Table]]:
    """Cut a schedule into stretches of `CHUNK_S`; yields the instant at which each begins, and its rows. Empty stretches are left out."""
    at_s = schedule["at_s"].to_numpy()
    stretch = np.floor(at_s / CHUNK_S).astype(np.int64)
    starts = np.flatnonzero(np.diff(stretch, prepend=-1))
    for start, end in pairwise(np.append(starts, len(at_s))):
        yield float(stretch[start] * CHUNK_S), schedule.slice(start, end - start)


def pack(chunk: pa.Table) -> bytes:
    """A chunk as Arrow's stream format, to be sent to a worker."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, chunk.schema) as out:
        out.write_table(chunk)
    return sink.getvalue().to_pybytes()


def unpack(packed: bytes) -> Iterator[Row]:
    """The rows of a packed chunk, in order of time."""
    chunk = pa.ipc.open_stream(packed).read_all()
    columns = (chunk[name].cast(pa.string()) if name == "journey" else chunk[name] for name in Row._fields)
    yield from map(Row._make, zip(*(_plain(column) for column in columns), strict=True))


def _plain(column: pa.ChunkedArray) -> list:
    return column.to_numpy().tolist() if pa.types.is_primitive(column.type) else column.to_pylist()


def _place(row: np.ndarray, follows: np.ndarray) -> np.ndarray:
    """The index in `row` (ascending) of each of `follows`, int64[n]; −1 where it is not there."""
    if not len(row):
        return np.empty(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(row, follows), len(row) - 1)
    return np.where(row[place] == follows, place, -1)
