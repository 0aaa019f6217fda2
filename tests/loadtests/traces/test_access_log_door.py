"""Whatever an access log or its routes hold: a trace, or a refusal in one line."""

from __future__ import annotations

import copy
import gzip
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.records.trace import read_trace

from ...doors import HOSTILE, door, mutated_bytes, mutated_tree, mutations
from .test_access_log import ROUTES, VISIT, combined

SOUND_ROUTES = {
    **yaml.safe_load(ROUTES),
    "idle_minutes": 30.0,
    "drop_agents": "bot",
    "fields": {"time": "ts", "client": "ip"},
}
SOUND_ROUTES["routes"][2] |= {"status": [200, "2xx"], "agents": "Mozilla", "basket": "clear"}
STAMPS = (
    *("01/Jan/0000:00:00:00 +0000", "01/Jan/0001:00:00:00 +2359", "31/Dec/9999:23:59:59 -2359", "99/Sep/2025:18:00:00"),
    *("26/Sep/2025:18:00:00 +9999", "26/Sep/99999:18:00:00 +0800", "1e300", "26/Sep/2025:18:00:60 +0800", "nan", "−1"),
)
ENTRY = {
    "ts": "2025-09-26T18:00:00+08:00",
    "request": {"method": "GET", "uri": "/products/A", "headers": {"x": ["y"]}},
    "status": 200,
    "ip": "::1",
}
FLAGS = {
    "--seed": ("-1", "0", str(10**40), "nan", "1.5", "", "x"),
    "--peak-orders-per-hour": ("nan", "inf", "-1", "1e-300", "1e300", "1e12", "60", "x", ""),
    "--minutes": ("nan", "inf", "0.1", "0", "-1", "1e300", "1e12", "15"),
    "--skus": ("0", "-1", "1", str(10**12), str(2**63), str(10**40), "1e3"),
    "--mix": (
        "",
        "checkout",
        "checkout=nan",
        "checkout=inf",
        "checkout=0",
        "checkout=1e-300,browse=1e300",
        "checkout=1,browse=nan",
        "checkout=1,checkout=2",
        "=",
        "checkout=1,browse=-1",
        "checkout=1,report=0",
    ),
}


@pytest.fixture(scope="module")
def of_logs():
    with door("access logs") as opened:
        yield opened


@pytest.fixture(scope="module")
def of_routes():
    with door("routes of access logs") as opened:
        yield opened


@pytest.fixture(scope="module")
def of_flags():
    with door("flags of traces") as opened:
        yield opened


@pytest.fixture
def trace(tmp_path):
    """Runs the command on a log and its routes."""

    def run(of, log: bytes, routes: str = ROUTES, name: str = "access.log") -> str:
        (tmp_path / name).write_bytes(log)
        (tmp_path / "routes.yaml").write_bytes(routes.encode("utf-8", "surrogatepass"))
        files = ["--access-log", str(tmp_path / name), "--routes", str(tmp_path / "routes.yaml")]
        message = of.ask(["trace", *files, "--out", str(tmp_path / "out")], allowed=(0,))
        if not message:
            assert read_trace(tmp_path / "out" / "trace.parquet")[1].num_rows
        return message

    return run


def packed(log: bytes) -> bytes:
    return gzip.compress(log, mtime=0)


@st.composite
def logs(draw) -> tuple[bytes, str]:
    """A log of mutated lines, fields or bytes, packed or not, with its name."""
    kind = draw(st.sampled_from(("bytes", "stamps", "json", "packed", "trailing", "not packed")))
    text = "\n".join(VISIT).encode()
    match kind:
        case "bytes":
            return draw(mutated_bytes(text)), "access.log"
        case "stamps":
            lines = [*VISIT]
            lines[draw(st.integers(0, 4))] = VISIT[0].replace(
                "26/Sep/2025:18:00:00 +0800", draw(st.sampled_from(STAMPS))
            )
            return "\n".join(lines).encode(), "access.log"
        case "json":
            entries = [draw(mutated_tree(ENTRY)) if draw(st.booleans()) else copy.deepcopy(ENTRY) for _ in range(3)]
            return "\n".join(map(json.dumps, entries)).encode(), "access.log"
        case "packed":
            return draw(mutated_bytes(packed(text))), draw(st.sampled_from(("access.log.gz", "access.log")))
        case "trailing":
            return packed(text) + draw(st.binary(max_size=30)), "access.log.gz"
        case _:
            return text, "access.log.gz"


@mutations
@given(data=st.data())
def test_a_mutation_of_an_access_log_is_a_trace_or_one_line(of_logs, trace, data):
    log, name = data.draw(logs())
    trace(of_logs, log, name=name)


@mutations
@given(data=st.data())
def test_a_mutation_of_routes_is_a_trace_or_one_line(of_routes, trace, data):
    tree = data.draw(mutated_tree(SOUND_ROUTES))
    text = json.dumps(tree) if data.draw(st.booleans()) else yaml.safe_dump(tree, allow_unicode=True)
    if data.draw(st.integers(0, 3)) == 0:
        text = data.draw(mutated_bytes(text.encode("utf-8", "surrogatepass"))).decode("utf-8", "surrogateescape")
        text = text.encode("utf-8", "replace").decode()
    trace(of_routes, "\n".join(VISIT).encode(), text)


@mutations
@given(data=st.data())
def test_a_mutation_of_a_flag_of_a_trace_is_a_trace_or_one_line(of_flags, tmp_path, data):
    flags = {"--peak-orders-per-hour": "60", "--minutes": "1", "--skus": "3", "--mix": "checkout=1,browse=2"}
    for flag in data.draw(st.lists(st.sampled_from(sorted(FLAGS)), min_size=1, max_size=2)):
        flags[flag] = data.draw(st.sampled_from(FLAGS[flag]))
    of_flags.ask(["trace", "--out", str(tmp_path), *(f"{flag}={value}" for flag, value in flags.items())], allowed=(0,))


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ("routes: [{match: 'GET /', jorney: browse}]", "routes.0.jorney: expected one of match, journey"),
        (f"{ROUTES}\nidle_minutes: -5", "idle_minutes: expected a number > 0, found -5"),
        (f"{ROUTES}\nidle_minutes: .nan", "idle_minutes: expected a number, found '.nan'"),
        (f"{ROUTES}\nidle_minutes: true", "idle_minutes: expected a number, found True"),
        ("routes: [GET /]", "routes.0: expected a mapping, as {match: METHOD /path, journey: name}, found 'GET /'"),
        ("routes: [{match: 3}]", "routes.0.match: expected a text, found 3"),
        ("routes: []", "routes: expected a list of {match"),
        ("routes: !!timestamp x", "line 1: expected a date that exists"),
        ("routes: !!bool x", "line 1: expected true or false"),
        ("routes: !!int ''", "line 1: expected a whole number"),
        ("routes: &a [*a]", "line 1: expected a value that does not hold itself, found '*a'"),
        ("routes: " + "[" * 200_000, "line 1: expected at most 64 levels of nesting"),
        ("\n".join(f"k{number}: 1" for number in range(30_000)), "k0: expected one of routes, cookie"),
        ("routes: [{match: 'GET /'}]\nx: " + "9" * 5_000, "expected"),
    ],
    ids=lambda text: text[:30],
)
def test_routes_that_cannot_be_meant_are_refused_by_their_place(of_routes, trace, routes, message):
    assert message in trace(of_routes, VISIT[0].encode(), routes)


@pytest.mark.parametrize("pattern", ["GET /(a+)+$", "GET /(a|a)*$", "GET /(.*a){25}$"])
def test_a_pattern_that_takes_for_ever_is_refused_by_its_place(of_routes, trace, pattern):
    routes = f"routes: [{{match: 'GET /x'}}, {{match: '{pattern}', journey: browse}}]"
    message = trace(of_routes, combined(0, f"GET /{'a' * 60}!").encode(), routes)
    assert "--routes: routes.1.match: expected a pattern that takes less than" in message


@pytest.mark.parametrize(
    "line",
    [b" " * 200_000, b'"' + b'\\"' * 100_000, b"[" * 200_000, b"{" * 200_000, b'{"a":' * 100_000, b"0" * 40_000_000],
    ids=["spaces", "quotes", "brackets", "braces", "nested", "zeros"],
)
def test_one_line_without_end_is_skipped_and_counted(of_logs, trace, capsys, line):
    assert trace(of_logs, b"\n".join([VISIT[0].encode(), line, VISIT[1].encode()])) == ""


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (packed("\n".join(VISIT * 99).encode())[:-40], "the gzip ends early"),
        (packed("\n".join(VISIT).encode())[:9], "the gzip ends early"),
        (packed(b"x" * 9)[:10] + b"\xff" * 9, "the gzip is damaged"),
        (b"", "lines of an access log"),
        (b"\n" * 99, "lines of an access log"),
    ],
)
def test_a_log_that_is_not_whole_is_refused(of_logs, trace, log, message):
    assert message in trace(of_logs, log, name="access.log.gz" if log[:1] == b"\x1f" else "access.log")


def test_a_log_of_nothing_but_bad_lines_is_counted_and_not_kept(of_logs, trace):
    assert "line 1: not in the combined format" in trace(of_logs, b"x\n" * 300_000)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_a_hostile_time_of_a_json_line_is_no_time(of_logs, trace, value):
    trace(of_logs, "\n".join(json.dumps({**ENTRY, "ts": at}) for at in (ENTRY["ts"], value)).encode())


@pytest.mark.parametrize("name", ["method", "uri", "ip"])
def test_a_list_within_a_list_is_no_field_of_a_json_line(of_logs, trace, name):
    nested: object = "GET"
    for _ in range(200):
        nested = [nested]
    lines = [json.dumps({**ENTRY, "request": {**ENTRY["request"], name: nested}, name: nested}) for _ in range(2)]
    assert "line 1: no field" in trace(of_logs, "\n".join(lines).encode())
