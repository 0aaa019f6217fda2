"""Made-up answers: they have every field, and each branch that an adapter takes on them can be made to go either way."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

UNSEEN = "further steps depend on what the API answers"

_CONTAINS = dis.opmap["CONTAINS_OP"]
_DEEP = 12
"""Stack frames that identify a choice."""


@dataclass
class Way:
    """One path through a journey: choices follow the script, and after its end their defaults."""

    script: Sequence[bool] = ()
    taken: list[bool] = field(default_factory=list)
    tests: list[bool] = field(default_factory=list)
    """For each choice, whether it tests that something is present."""
    lines: list[tuple[int, ...]] = field(default_factory=list)
    """For each choice, the line numbers of the stack that led to it."""
    names: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    unseen: str = ""
    wrong: str = ""
    """The exception that ended it."""
    ended: bool = False
    """The adapter itself ended it early."""
    brought: Any = None

    def choose(self, default: bool, test: bool = False) -> bool:
        """The script's choice at this place, `default` beyond its end."""
        place = len(self.taken)
        self.taken.append(self.script[place] if place < len(self.script) else default)
        self.tests.append(test)
        self.lines.append(_lines())
        return self.taken[-1]

    def miss(self, why: str = UNSEEN) -> None:
        """Note that there may be more steps than were seen."""
        self.unseen = self.unseen or why

    @property
    def impossible(self) -> bool:
        """Whether it ended because a field that a good answer has was taken as missing."""
        broken = self.wrong or self.ended
        return bool(broken and self.script and self.tests[len(self.script) - 1 :][:1] == [True])

    @property
    def size(self) -> tuple[int, int]:
        """Most different steps first, then fewest requests."""
        return len(set(self.names)), -len(self.sent)


def _lines() -> tuple[int, ...]:
    """Line numbers of the stack at a choice, innermost first."""
    numbers = list[int]()
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and len(numbers) < _DEEP:
        numbers.append(frame.f_lineno)
        frame = frame.f_back
    return tuple(numbers)


class Anything(str):
    """A part of an answer whose value is unknown: it has every field, and is `{id}` as text.

    It has as many elements as it was cut to, one where it was not cut. Comparisons and tests of it are choices of its `way`.
    """

    way: Way
    elements: int | None

    def __new__(cls, way: Way | None = None, elements: int | None = None) -> Anything:
        made = super().__new__(cls, "{id}")
        made.way, made.elements = way or Way(), elements
        return made

    def __getitem__(self, at: Any) -> Anything:
        if not isinstance(at, slice):
            return Anything(self.way)
        if not at.stop or at.stop < 0:
            return self
        most = at.stop if self.elements is None else min(at.stop, self.elements)
        return Anything(self.way, max(most - (at.start or 0), 1))

    def __iter__(self) -> Iterator[Any]:
        for _ in range(self.elements or 1):
            before = len(self.way.sent)
            yield Anything(self.way)
            if self.elements is None and len(self.way.sent) > before:
                self.way.miss("some steps are sent once for each element of an answer")

    def get(self, *_: Any) -> Anything:
        """Another unknown value."""
        return Anything(self.way)

    def items(self) -> list[tuple[Anything, Anything]]:
        """Its elements, each under an unknown name."""
        return [(Anything(self.way), each) for each in self]

    def keys(self) -> Anything:
        """Unknown names: itself."""
        return self

    values = keys

    def split(self, *_: Any) -> list[Anything]:  # type: ignore[override]
        """One unknown part."""
        return [Anything(self.way)]

    def __len__(self) -> int:
        self._measured()
        return self.elements or 1

    def __bool__(self) -> bool:
        return self.way.choose(True, test=True)

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True or self.way.choose(False)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        asking = sys._getframe(1)
        if asking.f_code.co_code[asking.f_lasti] == _CONTAINS:
            self.way.miss()  # a set looks up by the hash, without a comparison
        return str.__hash__(self)

    def _chosen(self, *_: Any) -> bool:
        return self.way.choose(False)

    __lt__ = __gt__ = __le__ = __ge__ = __contains__ = startswith = endswith = isdigit = _chosen

    def _same(self, *_: Any) -> Anything:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __pow__ = __round__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __neg__ = __pos__ = __abs__ = _same
    lower = upper = title = casefold = strip = lstrip = rstrip = removeprefix = removesuffix = replace = _same

    def __int__(self) -> int:
        self._measured()
        return 1

    __index__ = __trunc__ = __int__

    def __float__(self) -> float:
        self._measured()
        return 1.0

    def _measured(self) -> None:
        """Note a conversion to a number, whose comparisons are not recorded; those in the lab's and Python's own code do not matter."""
        room = sys._getframe(2).f_globals.get("__name__", "").partition(".")[0]
        if room != "loadtests" and room not in sys.stdlib_module_names:
            self.way.miss()


class Fields(dict):
    """An object of an answer; `given` are its known fields."""

    def __init__(self, way: Way | None = None, **given: Any):
        super().__init__(given)
        self.way = way

    def __missing__(self, _: Any) -> Anything:
        return Anything(self.way)

    def get(self, name: Any, *_: Any) -> Any:
        """As by index: a field that was not given is unknown."""
        return self[name]

    def values(self) -> Anything:  # type: ignore[override]
        """An unknown value."""
        return Anything(self.way)

    def __contains__(self, _: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


class Known(dict):
    """An adapter's own dictionary, in which every lookup by a part of an answer succeeds."""

    def __missing__(self, key: Any) -> Anything:
        if isinstance(key, Anything):
            return Anything(key.way)
        raise KeyError(key)


class Answer:
    """An answer with every header and every field."""

    status, error, body, set_cookies = 200, "", b"", ()

    def __init__(self, way: Way):
        self.json, self.headers = Fields(way), Fields(way)
