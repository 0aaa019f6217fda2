"""Access logs as traces: formats, sessions, and lines that cannot be read."""

import json

import pytest

from loadtests.accesslog import read_log, read_routes
from sim.cli import app
from sim.records.refusal import Refusal
from sim.records.trace import read_trace

ROUTES = r"""
cookie: sid
routes:
  - {match: 'GET /products/(?P<sku>[^/?]+)', journey: browse}
  - {match: 'POST /cart/(?P<sku>[^/?]+)'}
  - {match: 'POST /orders$', journey: checkout}
  - {match: 'GET /orders/\d+', journey: order_status}
"""


def combined(second, asked, client="10.0.0.1", status=200, agent="Mozilla/5.0", more=""):
    stamp = f"26/Sep/2025:{18 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d} +0800"
    return f'{client} - - [{stamp}] "{asked} HTTP/1.1" {status} 512 "https://shop/" "{agent}"{more}'


VISIT = [
    combined(0, "GET /products/A7?colour=red"),
    combined(5, "GET /products/B9"),
    combined(9, "POST /cart/B9"),
    combined(20, "POST /orders"),
    combined(40, "GET /orders/171"),
]


@pytest.fixture
def read(tmp_path):
    def read(*lines, routes=ROUTES):
        (tmp_path / "access.log").write_text("\n".join(lines) + "\n")
        (tmp_path / "routes.yaml").write_text(routes)
        return read_log(tmp_path / "access.log", read_routes(tmp_path / "routes.yaml"))

    return read


def test_a_visit_becomes_a_session_of_journeys(read):
    found = read(*VISIT)
    assert found.columns["journey"] == ["browse", "browse", "checkout", "order_status"]
    assert found.columns["follows"] == [-1, -1, -1, 2]
    assert set(found.columns["session"]) == {0}
    assert [int(t) for t in found.columns["t"]] == [18 * 3600 + s for s in (0, 5, 20, 40)]
    assert found.codes == ["A7", "B9"]
    assert found.columns["skus"] == [[0], [1], [0, 1], []]


def test_clients_browsers_and_half_an_hour_of_silence_make_sessions(read):
    found = read(
        combined(0, "GET /products/A"),
        combined(1, "GET /products/A", client="10.0.0.2"),
        combined(2, "GET /products/A", agent="curl/8"),
        combined(1700, "GET /products/A"),
        combined(3600, "GET /products/A"),
    )
    assert found.columns["session"] == [0, 1, 2, 0, 3]


def test_a_cookie_tells_visitors_behind_one_address_apart(read):
    found = read(*(combined(i, "GET /products/A", more=f' "sid=s{i % 2}"') for i in range(4)))
    assert found.columns["session"] == [0, 1, 0, 1]


def test_json_lines_are_read_with_the_names_they_use(read):
    lines = [
        json.dumps(
            {"ts": f"2025-09-26T18:00:0{i}.250+08:00", "verb": "GET", "uri": "/products/A", "status": 200, "ip": "::1"}
        )
        for i in range(3)
    ]
    fields = "fields: {time: ts, method: verb, path: uri, client: ip}\n"
    found = read(*lines, routes=fields + ROUTES)
    assert found.columns["t"] == [64800.25, 64801.25, 64802.25]


def test_bad_lines_are_told_by_number_and_skipped(read):
    found = read(VISIT[0], "half a li", VISIT[3].replace("26/Sep", "99/Sep"), VISIT[4], '{"no": "fields"}')
    assert [bad.partition(":")[0] for bad in found.bad] == ["line 2", "line 3", "line 5"]
    assert found.lines == 5
    assert (found.columns["journey"], found.orphans) == (["browse"], 1)


def test_lines_out_of_order_are_put_in_order(read):
    assert read(*reversed(VISIT)).columns["journey"] == ["browse", "browse", "checkout", "order_status"]


def test_requests_that_no_route_matches_are_counted(read):
    assert read(*VISIT, *[combined(50, "GET /static/x.js?v=1")] * 3).unmatched == {"GET /static/x.js": 3}


@pytest.mark.parametrize(
    ("routes", "named"),
    [
        ("routes: []", "routes"),
        ("routes: [{match: '(', journey: browse}]", "routes.0.match"),
        ("routes: [{match: GET, journey: dance}]", "routes.0.journey"),
        ("routes: [{match: GET}]\ncookies: sid", "cookies"),
        ("[", "YAML"),
    ],
)
def test_routes_that_cannot_be_used_are_refused_by_entry(read, routes, named):
    with pytest.raises(Refusal, match=named):
        read(*VISIT, routes=routes)


def test_a_log_without_journeys_is_refused(read):
    with pytest.raises(Refusal, match="lines of an access log"):
        read("nothing here")
    with pytest.raises(Refusal, match="a route matches"):
        read(combined(0, "GET /health"))


def test_the_command_writes_a_trace_and_says_what_it_left_out(tmp_path, capsys):
    (tmp_path / "access.log").write_text("\n".join([*VISIT, "broken"]))
    (tmp_path / "routes.yaml").write_text(ROUTES)
    logged = ["--access-log", str(tmp_path / "access.log"), "--routes", str(tmp_path / "routes.yaml")]
    assert app.status(["trace", *logged, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "6 lines read, 1 skipped:\n  line 6: not in the combined format: broken" in said
    assert "4 journeys in 1 session over 0.7 min: 2 browse, 1 checkout, 1 order_status" in said
    told, table = read_trace(tmp_path / "out" / "trace.parquet")
    assert (told.start, len(table)) == ("2025-09-26", 4)
    assert app.status(["trace", "--out", str(tmp_path)]) == 64
