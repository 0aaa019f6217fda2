"""Mutated inputs for every door of the lab, and what a command may do with them: work, or refuse in one line within seconds.

A door is a kind of file that a user brings. Its test draws mutations of a sound file and asks `ask` to run a command on each.
`DOOR_EXAMPLES=5000 pytest -s -k mutation` tries more than the 20 of every test run; with `-s` each door prints its tally.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sim.cli.app import USAGE, status

EXAMPLES = int(os.environ.get("DOOR_EXAMPLES", "20"))
LONGEST_S = 30
"""An input that takes longer is counted as one that never ends: the machine of a test run may be busy."""
HELPLESS = (
    "Traceback",
    "Input should",
    "between nan",
    "indices must be",
    "NoneType",
    "has no attribute",
    "object is not",
)
"""Words of Python or of a library that tell a user nothing about a file."""

mutations = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Decorates a test of a door."""


@dataclass
class Door:
    """Counts what became of the inputs of one door."""

    name: str
    lines: int = 1
    """Of a complaint at most: 21 where a table is refused, cell by cell."""
    ends: Counter[str] = field(default_factory=Counter)

    def ask(self, arguments: list[str], allowed: tuple[int, ...] = (0, 1, 2, 3)) -> str:
        """Run a command in this process; its complaint, empty where it worked.

        Fails unless the status is 64 with one complaint on standard error, of at most `lines` lines, or one of `allowed`.
        """
        out, err = io.StringIO(), io.StringIO()
        with _limited(self), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = status(arguments)
        if code in allowed:
            self.ends["accepted"] += 1
            return ""
        assert code == USAGE, (code, err.getvalue())
        said = err.getvalue().rstrip("\n").splitlines()
        begun = [at for at, line in enumerate(said) if line.startswith("retail-lab: ")]
        assert len(begun) == 1, err.getvalue()
        complaint = said[begun[0] :]
        assert len(complaint) <= self.lines, err.getvalue()
        assert not any(words in line for words in HELPLESS for line in complaint), complaint
        assert all(len(line) < 1_000 for line in complaint), [line[:2_000] for line in complaint]
        self.ends["refused"] += 1
        return "\n".join(complaint)


@contextlib.contextmanager
def door(name: str, lines: int = 1) -> Iterator[Door]:
    """A door for the tests of one fixture's scope; prints its tally at the end. `lines`: of a complaint at most."""
    found = Door(name, lines)
    yield found
    tried = sum(found.ends.values())
    print(f"\ndoor {name}: {tried:,} tried, " + ", ".join(f"{found.ends[end]:,} {end}" for end in _ENDS))


_ENDS = ("refused", "accepted", "tracebacks", "hangs")


class _Hang(BaseException):
    pass


@contextlib.contextmanager
def _limited(of: Door) -> Iterator[None]:
    def late(*_: object) -> None:
        raise _Hang(f"longer than {LONGEST_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    except _Hang as hang:
        of.ends["hangs"] += 1
        raise AssertionError(str(hang)) from hang
    except Exception:
        of.ends["tracebacks"] += 1
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e-300, 1e30, 1e308, float("nan"), float("inf"), float("-inf")),
    *(2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, "", " ", "0", "-1", "nan", "1e999", "9999-12-31", "0000-00-00"),
    *("\x00", "\ud800", "苹果", "../../etc/passwd", "http://[::1", "x" * 5_000, [], {}, [[]], [None], {"": None}),
)
"""What stands in a mutated place: absent, of another type, at an end of its type, or not to be encoded."""


def paths(tree: Any, at: tuple = ()) -> list[tuple]:
    """The paths of every place in a tree of mappings and lists, the root's `()` first."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(below for key, value in items for below in paths(value, (*at, key)))]


@st.composite
def mutated_tree(draw: st.DrawFn, sound: Any, most: int = 3) -> Any:
    """A tree of mappings, lists and values with one to `most` places replaced, removed, doubled, renamed or swapped."""
    tree = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, most))):
        *above, last = draw(st.sampled_from(paths(tree)[1:] or [(None,)]))
        if last is None:
            return draw(st.sampled_from(HOSTILE))
        parent = tree
        for key in above:
            parent = parent[key]
        match draw(st.sampled_from(("value", "value", "value", "remove", "wrap", "double", "deep"))):
            case "value":
                parent[last] = copy.deepcopy(draw(st.sampled_from(HOSTILE)))
            case "remove":
                del parent[last]
            case "wrap":
                parent[last] = [parent[last]]
            case "deep":
                for _ in range(draw(st.sampled_from((5, 200)))):
                    parent[last] = [parent[last]]
            case _ if isinstance(parent, list):
                parent.insert(last, copy.deepcopy(parent[last]))
            case _:
                parent[f"{last}x"] = parent.pop(last)
    return tree


@st.composite
def mutated_bytes(draw: st.DrawFn, sound: bytes, most: int = 3) -> bytes:
    """Bytes of a file cut short, with bytes changed, removed, doubled or put in."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        to = min(len(data), at + draw(st.sampled_from((1, 2, 8, 64))))
        match draw(st.sampled_from(("cut", "change", "remove", "double", "insert"))):
            case "cut":
                del data[at:]
            case "change":
                data[at:to] = draw(st.binary(min_size=to - at, max_size=to - at))
            case "remove":
                del data[at:to]
            case "double":
                data[at:at] = data[at:to]
            case _:
                data[at:at] = draw(
                    st.sampled_from((b"\x00", b"\xff\xfe", b"\r\n\n", b'"', b"[" * 500, b"{", b"9" * 40, b",,,"))
                )
    return bytes(data)


@st.composite
def mutated_table(draw: st.DrawFn, sound: pa.Table) -> pa.Table:
    """A Parquet table with a column removed, retyped, emptied or made absurd, rows doubled or removed, or other metadata."""
    table = sound
    at = draw(st.integers(0, table.num_columns - 1))
    name = table.column_names[at]

    def replaced(values: Any) -> pa.Table:
        return table.set_column(at, name, values)

    match draw(
        st.sampled_from(("drop", "text", "null", "value", "rows", "none", "reverse", "metadata", "nest", "rename"))
    ):
        case "drop":
            return table.drop_columns([name])
        case "text":
            return replaced(pa.array(["x"] * table.num_rows))
        case "null":
            return replaced(pa.nulls(table.num_rows, table.schema.field(at).type))
        case "value":
            value = draw(
                st.sampled_from((float("nan"), float("inf"), -1, -1e300, 2**62, 1e300, 0, "", "\x00", "x" * 300))
            )
            values = table.column(at).to_pylist()
            for row in draw(st.lists(st.integers(0, max(table.num_rows - 1, 0)), max_size=3)) if values else ():
                values[row] = [value] if isinstance(values[row], list) else value
            with contextlib.suppress(pa.ArrowException, OverflowError, TypeError, ValueError):
                return replaced(pa.array(values, type=table.schema.field(at).type))
            return replaced(pa.nulls(table.num_rows))
        case "rows":
            return pa.concat_tables([table, table])
        case "none":
            return table.slice(0, 0)
        case "reverse":
            return table.take(list(range(table.num_rows))[::-1])
        case "nest":
            return replaced(pa.array([[row] for row in range(table.num_rows)]))
        case "rename":
            return table.rename_columns([f"{column}{'x' * (column == name)}" for column in table.column_names])
        case _:
            metadata = draw(st.sampled_from((None, {b"format": b"999"}, {b"format": b"\xff\xfe"}, {b"pandas": b"{"})))
            return table.replace_schema_metadata(metadata)
