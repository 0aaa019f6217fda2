"""What a replay would send, without sending it: journeys are played against made-up answers that have every field.

Where an adapter branches on an answer (`if order["status"] == "placed"`), both branches are played. `Steps.unseen` says what may be missing:
an adapter fails on a made-up value, or branches on something other than made-up values.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from loadtests.adapters.base import Adapter
from loadtests.adapters.errand import Ended, Errand, Session
from loadtests.journey import Row
from loadtests.planning import schedule
from loadtests.planning.synthetic_answers import UNSEEN, Answer, Anything, Fields, Known, Way

MOST_REQUESTS = 30
"""Requests of one journey at most: one that reads pages until the last would never end on made-up answers."""
MOST_WAYS = 64
"""Paths through one journey that are played at most."""
FLIPS = 4
"""How often one line of an adapter is made to take the other branch."""
ROWS = 40
"""Rows of each journey that are played, spread over the schedule: baskets differ, and so do their requests."""


@dataclass(frozen=True)
class Steps:
    """What one journey sends, as far as made-up answers show."""

    names: Sequence[str]
    """Its steps in the order of the path with the most steps, including tokens that are fetched once."""
    requests: Sequence[str]
    """Those steps as `METHOD /path body`."""
    fewest: float
    """Requests of a journey on the shortest path, a mean over its rows."""
    most: float
    """The same on the path with the most steps."""
    unseen: str = ""
    """Why there may be more; empty where every step is seen."""


class _Endless(Exception):
    """More requests than any journey has."""


class _Clients(dict):
    """A client for every host of the adapter: it records requests and returns made-up answers."""

    way: Way

    def __missing__(self, _: str) -> _Clients:
        return self

    def send(self, method: str, path: str, body: bytes | None = None, _headers: Any = None) -> Answer:
        if len(self.way.sent) == MOST_REQUESTS:
            raise _Endless
        self.way.sent.append(f"{method} {unquote(path)}{f' {body.decode()}' if body else ''}")
        return Answer(self.way)


@dataclass
class _Sketch(Errand):
    def request(self, step: str, method: str, path: str, **how: Any) -> Any:
        return super().request(step, method, str(path), **how)

    def pause(self, seconds: float) -> None:
        pass

    def note(self, *_: str) -> None:
        pass


ONE_LINE = Row(0.0, 0, "", 0, 0, [0], [1], -1, 0)
"""A journey with one unit of the first SKU, where there is no schedule."""


def steps(adapter: Adapter, journey: str, rows: Sequence[Row] = (ONE_LINE,), carried: Any = None) -> Steps:
    """What a journey of an adapter would send, after `adopt`; nothing is sent, and the adapter is not changed.

    rows: of the schedule; the mean number of requests is over them. carried: the value of the journey it follows, made up unless given.
    """
    ways = [_ways(adapter, journey, rows[0], carried)]
    if len(rows) > 1:
        warm = _stand_in(adapter)  # logged in, its token fetched
        _play(warm, journey, rows[0], carried, Way(_best(ways[0]).taken))
        ways += [_ways(warm, journey, row, carried) for row in rows[1:]]
    longest = [_best(each) for each in ways]
    shown = max(longest, key=lambda way: way.size)
    return Steps(
        shown.names,
        [adapter.mask.hide(request) for request in shown.sent],
        sum(min(len(way.sent) for way in _whole(each)) for each in ways) / len(ways),
        sum(len(way.sent) for way in longest) / len(ways),
        next((way.unseen for each in ways for way in each if way.unseen), ""),
    )


def sketch(adapter: Adapter, planned: pa.Table) -> dict[str, Steps]:
    """The steps of every journey of a schedule, by journey, in the order of their first rows. The adapter must have its secrets."""
    names = planned["journey"].cast(pa.string()).to_pylist()
    failed = ""
    try:
        adapter.adopt(Fields(Way(), products=[[code, "{id}"] for code in adapter.shelf.skus]))
    except Exception as error:
        failed = f"{UNSEEN} (adopt: {type(error).__name__})"
    brought = None
    if "checkout" in names and not failed:
        row = next(schedule.unpack(schedule.pack(planned.slice(names.index("checkout"), 1))))
        brought = _best(_ways(adapter, "checkout", row, None)).brought
    steps_of = {}
    for journey in dict.fromkeys(names):
        places = [place for place, name in enumerate(names) if name == journey]
        chosen = places[:: -(-len(places) // ROWS)]
        rows = list(schedule.unpack(schedule.pack(planned.take(chosen))))
        steps_of[journey] = Steps([], [], 0, 0, failed) if failed else steps(adapter, journey, rows, brought)
    return steps_of


def _stand_in(adapter: Adapter) -> Adapter:
    """A copy to play against made-up answers, which shares no state with the adapter itself."""
    made = copy.copy(adapter)
    for name, value in vars(adapter).items():
        if type(value) is dict:
            setattr(made, name, Known(value))
        elif isinstance(value, dict | list | set):
            setattr(made, name, copy.copy(value))
        elif isinstance(value, Session):
            setattr(made, name, copy.deepcopy(value))
    for name, proof in adapter.proofs().items():
        own = copy.copy(proof)
        own.session = copy.deepcopy(proof.session)
        setattr(made, name, own)
    made.pool = {name: pool.fresh() for name, pool in adapter.pool.items()}
    made.judge = lambda *_: ("ok", None)  # type: ignore[method-assign]
    made.local = lambda url: url if url.startswith("/") else f"/{url}"  # type: ignore[method-assign]
    return made


def _ways(adapter: Adapter, journey: str, row: Row, carried: Any) -> list[Way]:
    """The paths through a journey: each line takes its other branch at most `FLIPS` times, and at most `MOST_WAYS` paths are played."""
    ways: list[Way] = []
    flips: Counter[tuple[int, ...]] = Counter()
    telling: set[tuple[int, ...]] = set()
    scripts: list[tuple[list[bool], Way | None]] = [([], None)]
    for script, parent in scripts:
        way = Way(script)
        _play(_stand_in(adapter), journey, row, carried, way)
        ways.append(way)
        if parent and len(way.taken) < len(script):
            way.miss()  # the adapter has state of its own, and took another branch
        elif parent and not way.impossible and set(way.names) != set(parent.names):
            telling.add(way.lines[len(script) - 1])
        for place in range(len(script), len(way.taken)):
            flips[way.lines[place]] += 1
            if flips[way.lines[place]] <= FLIPS:
                scripts.append(([*way.taken[:place], not way.taken[place]], way))
        if len(ways) == MOST_WAYS:
            break
    possible = [way for way in ways if not way.impossible] or ways
    if len(ways) < len(scripts) or any(flips[line] > FLIPS for line in telling):
        possible[0].miss()
    for way in possible:
        if way.wrong:
            way.miss(way.wrong)
    return possible


def _whole(ways: Sequence[Way]) -> Sequence[Way]:
    """The paths that ended without an exception, where any did; else all."""
    return [way for way in ways if not way.wrong] or ways


def _best(ways: Sequence[Way]) -> Way:
    """The path with the most steps."""
    return max(_whole(ways), key=lambda way: way.size)


def _play(adapter: Adapter, journey: str, row: Row, carried: Any, way: Way) -> None:
    adapter.clients = _Clients()
    adapter.clients.way = way
    before = Anything(way) if carried is None else _renewed(carried, way)
    played = row._replace(journey=journey)
    errand = _Sketch.of(adapter, played, 0.0, lambda: 0.0, lambda sample: way.names.append(sample.step), before)
    try:
        way.brought = getattr(adapter, journey)(errand)
    except _Endless:
        way.miss()
    except Ended:
        way.ended = True
    except Exception as error:
        way.wrong = f"{UNSEEN} ({type(error).__name__} after {way.names[-1] if way.names else 'nothing'})"


def _renewed(value: Any, way: Way) -> Any:
    """The value of an earlier journey, with made-up parts that record choices on this path."""
    match value:
        case Anything():
            return Anything(way, value.elements)
        case Fields():
            return Fields(way)
        case Mapping():
            return {name: _renewed(each, way) for name, each in value.items()}
        case list():
            return [_renewed(each, way) for each in value]
    return value
