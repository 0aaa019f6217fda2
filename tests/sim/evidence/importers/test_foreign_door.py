"""Whatever another tool's file holds: a verdict, or a refusal in one line."""

from __future__ import annotations

import gzip
import json
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ....doors import HOSTILE, door, mutated_bytes, mutated_tree, mutations
from .test_foreign import START_MS, k6_points

COLUMNS = ("timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "success", "bytes")
ROWS = [(START_MS + 20 * i, 80 + i % 7, "GET /products", 200, "OK", "users 1-1", "true", 512) for i in range(20)]
POINTS = [point for i in range(8) for point in k6_points(i)]
K6_COLUMNS = ("metric_name", "timestamp", "metric_value", "status", "method", "name", "expected_response", "group")
K6_ROWS = [
    (metric, START_MS // 1000 + i, value, 200, "GET", "http://shop/p", "true", "")
    for i in range(10)
    for metric, value in (("http_reqs", 1), ("http_req_duration", 80.5 + i), ("http_req_blocked", 5.0))
]
CELLS = (
    *(
        "",
        " ",
        "nan",
        "-1",
        "-0",
        "inf",
        "1e308",
        "1e30",
        "9" * 4_000,
        "0x10",
        "1_000",
        "1,200",
        "٣",
        "true",
        "null",
        "\x00",
    ),
    *(
        "\ud800",
        "苹果",
        '"',
        "1700000000000",
        "253402300800000",
        "-62135596800000",
        "2026-13-45 25:61:61",
        "0000-00-00 00:00",
    ),
    *(
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "x" * 9_000,
        "Number of samples in transaction : 3",
        "\n",
        "/1" * 4_000,
    ),
)


@pytest.fixture(scope="module")
def of_jtl():
    with door("JTL") as found:
        yield found


@pytest.fixture(scope="module")
def of_k6():
    with door("k6") as found:
        yield found


@pytest.fixture
def judged(tmp_path):
    def run(of, held: bytes, name: str = "results.jtl", *flags: str) -> str:
        (tmp_path / name).write_bytes(held)
        return of.ask(["verdict", str(tmp_path / name), *flags])

    return run


def table(header, rows, delimiter=",", end="\n") -> bytes:
    def cell(value):
        text = str(value)
        return f'"{text}"' if delimiter in text or "\n" in text else text

    lines = [delimiter.join(header), *(delimiter.join(map(cell, row)) for row in rows)]
    return (end.join(lines) + end).encode("utf-8", "surrogatepass")


def as_xml(header, rows) -> bytes:
    short = {
        "timeStamp": "ts",
        "elapsed": "t",
        "label": "lb",
        "responseCode": "rc",
        "responseMessage": "rm",
        "success": "s",
    }
    samples = [
        "<httpSample "
        + " ".join(f"{short.get(name, name)}={quoteattr(str(value))}" for name, value in zip(header, row, strict=False))
        + "/>"
        for row in rows
    ]
    return f'<testResults version="1.2">{"".join(samples)}</testResults>'.encode("utf-8", "surrogatepass")


@st.composite
def cells(draw, header, rows):
    """A table with cells, columns and rows mutated."""
    header, rows = list(header), [list(row) for row in rows]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(header) - 1))
        match draw(
            st.sampled_from(("cell", "cell", "cell", "column", "double", "drop", "rename", "rows", "none", "short"))
        ):
            case "cell":
                draw(st.sampled_from(rows or [header]))[at:] = [draw(st.sampled_from(CELLS)), *header[at + 1 :]]
            case "column":
                value = draw(st.sampled_from(CELLS))
                for row in rows:
                    row[at : at + 1] = [value]
            case "double":
                header.insert(at, header[at])
                for row in rows:
                    row[at:at] = row[at : at + 1]
            case "drop" if len(header) > 1:
                del header[at]
                for row in rows:
                    del row[at : at + 1]
            case "rename":
                header[at] = draw(st.sampled_from(("x", "", f"{header[at]} ", header[0], f"\ufeff{header[at]}")))
            case "rows":
                rows += [list(row) for row in rows]
            case "none":
                rows = []
            case _ if rows:
                del draw(st.sampled_from(rows))[at:]
    return header, rows


@st.composite
def written(draw, header, rows, xml=False):
    held = (as_xml if xml and draw(st.booleans()) else table)(*draw(cells(header, rows)))
    match draw(st.integers(0, 7)):
        case 0:
            return draw(mutated_bytes(held)), ""
        case 1:
            return draw(mutated_bytes(gzip.compress(held, mtime=0))), ".gz"
        case 2:
            encoding = draw(st.sampled_from(("utf-16", "utf-32", "latin-1", "utf-8-sig")))
            return held.decode("utf-8", "replace").encode(encoding, "replace"), ""
        case _:
            return held, ""


@mutations
@given(data=st.data())
def test_a_mutation_of_a_jtl_is_judged_or_one_line(of_jtl, judged, data):
    held, packed = data.draw(written(COLUMNS, ROWS, xml=True))
    judged(of_jtl, held, f"results.jtl{packed}")


@mutations
@given(data=st.data())
def test_a_mutation_of_k6_is_judged_or_one_line(of_k6, judged, data):
    if data.draw(st.booleans()):
        held, packed = data.draw(written(K6_COLUMNS, K6_ROWS))
        judged(of_k6, held, f"k6.csv{packed}")
        return
    points = data.draw(mutated_tree(POINTS))
    lines = [json.dumps(point) for point in points] if isinstance(points, list) else [json.dumps(points)]
    held = "\n".join(['{"type":"Metric","metric":"http_reqs"}', *lines, ""]).encode()
    if data.draw(st.integers(0, 4)) == 0:
        held = data.draw(mutated_bytes(held))
    judged(of_k6, held, "k6.json")


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("at", ["time", "value", "tags", "status", "name", "data"])
def test_a_hostile_value_of_a_point_is_judged_or_one_line(of_k6, judged, at, value):
    points = json.loads(json.dumps(POINTS[:10]))
    held = points[6]["data"]
    if at == "data":
        points[6]["data"] = value
    else:
        (held["tags"] if at in ("status", "name") else held)[at] = value
    judged(of_k6, "\n".join(map(json.dumps, points)).encode() + b"\n", "k6.json")


def test_a_point_centuries_after_the_others_is_no_part_of_their_run(of_k6, judged):
    rows = [list(row) for row in K6_ROWS]
    rows[-2][K6_COLUMNS.index("timestamp")] = "7000000007"
    assert "at most a year" in judged(of_k6, table(K6_COLUMNS, rows), "k6.csv")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"elapsed": "-5"}, "line 3: expected timeStamp and elapsed in ms, found '1700000000020, -5'"),
        ({"elapsed": "NaN"}, "line 3: expected timeStamp and elapsed in ms"),
        ({"elapsed": "9" * 4_000}, "line 3: expected timeStamp and elapsed in ms"),
        ({"timeStamp": "-62135596800000"}, "line 3: expected timeStamp and elapsed in ms"),
        ({"timeStamp": "253402300800000"}, "line 3: expected timeStamp and elapsed in ms"),
        ({"timeStamp": "1e300"}, "line 3: expected timeStamp and elapsed in ms"),
        ({"timeStamp": ""}, "line 3: expected timeStamp and elapsed in ms"),
        ({"timeStamp": "3000000000000"}, "requests of one run, at most a year, found '2023-11-14 to 2065-01-24'"),
        ({"success": "yes"}, "line 3: expected true or false as success, found 'yes'"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_line(of_jtl, judged, changes, said):
    rows = [list(row) for row in ROWS]
    for name, value in changes.items():
        rows[1][COLUMNS.index(name)] = value
    assert said in judged(of_jtl, table(COLUMNS, rows))


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"", "expected a request a line"),
        (b"\n", "expected a request a line"),
        (table(COLUMNS, []), "expected requests, found none"),
        (
            table((*COLUMNS, "elapsed"), [(*row, 1) for row in ROWS]),
            "line 1: expected each column once, found 'elapsed'",
        ),
        (table(COLUMNS[1:], [row[1:] for row in ROWS]), "expected a request a line"),
        (table([name for name in COLUMNS if name != "success"], [row[:6] + row[7:] for row in ROWS]), "column success"),
        (table(COLUMNS, ROWS).decode().encode("utf-16"), "UTF-16"),
        (b"<testResults>" * 100_000, "XML"),
        (
            b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
            + b"]><testResults><httpSample lb='&j;'/></testResults>",
            "XML",
        ),
        (b"{" * 100_000, "expected requests"),
        (b'{"type":"Point","metric":"http_req_duration","data":' + b"[" * 100_000 + b"\n{}\n", "line 1"),
    ],
    ids=lambda held: repr(held[:24]),
)
def test_a_file_that_holds_no_requests_is_refused(of_jtl, judged, held, said):
    assert said in judged(of_jtl, held)


DOUBLED = [row for row in ROWS for _ in range(2)]


@pytest.mark.parametrize("rows", [DOUBLED, [*ROWS, *ROWS]], ids=["one by one", "one after another"])
def test_a_file_in_which_every_row_stands_twice_is_refused(of_jtl, of_k6, judged, rows):
    assert "each request once, found 'every row stands 2 times'" in judged(of_jtl, table(COLUMNS, rows))
    assert "each request once" in judged(of_jtl, as_xml(COLUMNS, rows))
    doubled = [line for i in range(12) for line in [*map(json.dumps, k6_points(i))] * 2]
    assert "each request once" in judged(of_k6, "\n".join(doubled).encode(), "k6.json")


def test_requests_that_only_look_alike_are_judged(of_jtl, judged):
    """Virtual users may start the same request in the same millisecond, and wait for it as long: not each of them, and not all in pairs."""
    assert judged(of_jtl, table(COLUMNS, [*ROWS, *ROWS[:5]])) == ""
    assert judged(of_jtl, table(COLUMNS, [ROWS[0], ROWS[0]])) == ""
    users = [(*row[:5], f"users 1-{user}", *row[6:]) for row in ROWS for user in (1, 2)]
    assert judged(of_jtl, table(COLUMNS, users)) == ""


@pytest.mark.parametrize("flag", ["--timeout", "--warmup"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e300", "0", "", "x"])
def test_a_flag_that_means_nothing_is_refused(of_jtl, judged, flag, value):
    judged(of_jtl, table(COLUMNS, ROWS), "results.jtl", f"{flag}={value}")
