"""Access logs as traces: formats, sessions, and lines that cannot be read."""

import gzip
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.traces.access_log import read_log
from loadtests.traces.routes import CRAWLERS, read_routes
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
    parsed = read(*VISIT)
    assert parsed.columns["journey"] == ["browse", "browse", "checkout", "order_status"]
    assert parsed.columns["follows"] == [-1, -1, -1, 2]
    assert set(parsed.columns["session"]) == {0}
    assert [int(t) for t in parsed.columns["t"]] == [18 * 3600 + s for s in (0, 5, 20, 40)]
    assert parsed.codes == ["A7", "B9"]
    assert parsed.columns["skus"] == [[0], [1], [1], []]


def test_clients_browsers_and_half_an_hour_of_silence_make_sessions(read):
    parsed = read(
        combined(0, "GET /products/A"),
        combined(1, "GET /products/A", client="10.0.0.2"),
        combined(2, "GET /products/A", agent="curl/8"),
        combined(1700, "GET /products/A"),
        combined(3600, "GET /products/A"),
    )
    assert parsed.columns["session"] == [0, 1, 2, 0, 3]


def test_a_cookie_distinguishes_visitors_behind_one_address(read):
    parsed = read(*(combined(i, "GET /products/A", more=f' "sid=s{i % 2}"') for i in range(4)))
    assert parsed.columns["session"] == [0, 1, 0, 1]


def test_json_lines_are_read_with_the_names_they_use(read):
    lines = [
        json.dumps(
            {"ts": f"2025-09-26T18:00:0{i}.250+08:00", "verb": "GET", "uri": "/products/A", "status": 200, "ip": "::1"}
        )
        for i in range(3)
    ]
    fields = "fields: {time: ts, method: verb, path: uri, client: ip}\n"
    parsed = read(*lines, routes=fields + ROUTES)
    assert parsed.columns["t"] == [64800.25, 64801.25, 64802.25]


def test_bad_lines_are_reported_by_number_and_skipped(read):
    parsed = read(VISIT[0], "half a li", VISIT[3].replace("26/Sep", "99/Sep"), VISIT[4], '{"no": "fields"}')
    assert [bad.partition(":")[0] for bad in parsed.bad] == ["line 2", "line 3", "line 5"]
    assert parsed.lines == 5
    assert (parsed.columns["journey"], parsed.left_out.total()) == (["browse"], 1)


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
        ("routes: [{match: GET, jorney: browse}]", "routes.0.jorney: expected one of match, journey"),
        ("routes: [{match: GET, journey: [browse]}]", "routes.0.journey"),
        ("routes: [{match: GET, basket: fill}]", "routes.0.basket"),
        ("routes: [{match: GET, status: [9]}]", "routes.0.status"),
        ("routes: [{match: GET, agents: '('}]", "routes.0.agents"),
        ("routes: [{journey: browse}]", "routes.0.match"),
        ("routes: [{match: 3}]", "routes.0.match"),
        ("routes: [GET /, 3]", "routes.0"),
        ("routes: GET", "routes: expected a list"),
        ("routes: [{match: GET}]\nidle_minutes: -5", "idle_minutes"),
        ("routes: [{match: GET}]\nidle_minutes: .nan", "idle_minutes"),
        ("routes: [{match: GET}]\nidle_minutes: often", "idle_minutes"),
        ("routes: [{match: GET}]\ncookie: [sid]", "cookie"),
        ("routes: [{match: GET}]\nfields: time", "fields"),
        ("routes: [{match: GET}]\nfields: {tiem: ts}", "fields.tiem: expected one of time"),
        ("routes: [{match: GET}]\nroutes: [{match: POST}]", "each key once"),
        ("[" * 3000, "levels of nesting"),
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


def test_the_command_writes_a_trace_and_lists_what_it_left_out(tmp_path, capsys):
    (tmp_path / "access.log").write_text("\n".join([*VISIT, "broken"]))
    (tmp_path / "routes.yaml").write_text(ROUTES)
    logged = ["--access-log", str(tmp_path / "access.log"), "--routes", str(tmp_path / "routes.yaml")]
    assert app.status(["trace", *logged, "--out", str(tmp_path / "out")]) == 0
    output = capsys.readouterr().out
    assert "6 lines read, 1 skipped:\n  line 6: not in the combined format: broken" in output
    assert "4 journeys in 1 session over 0.7 min: 2 browse, 1 checkout, 1 order_status" in output
    header, table = read_trace(tmp_path / "out" / "trace.parquet")
    assert (header.start, len(table)) == ("2025-09-26", 4)
    assert app.status(["trace", "--out", str(tmp_path)]) == 64


SHOP = [{"match": "GET /p/(?P<sku>[^/?]+)", "journey": "browse"}, {"match": "POST /orders", "journey": "checkout"}]


def routes_of(*more, **settings):
    return json.dumps({"routes": [*more, *SHOP], **settings})


def sold(parsed):
    """Units by SKU code, an order an entry."""
    rows = zip(parsed.columns["journey"], parsed.columns["skus"], parsed.columns["quantities"], strict=True)
    return [
        {parsed.codes[sku]: units for sku, units in zip(skus, quantities, strict=True)}
        for journey, skus, quantities in rows
        if journey == "checkout"
    ]


CART = [
    {"match": r"POST /cart/(?P<sku>\w+)(\?qty=(?P<quantity>\d+))?", "basket": "add"},
    {"match": r"PUT /cart/(?P<sku>\w+)/(?P<quantity>\d+)", "basket": "set"},
    {"match": r"POST /cart-remove/(?P<sku>\w+)", "basket": "remove"},
    {"match": "DELETE /cart$", "basket": "clear"},
]


@pytest.mark.parametrize(
    ("asked", "orders"),
    [
        (["GET /p/A", "POST /cart/B"], [{"B": 1}]),
        (["POST /cart/A?qty=3", "POST /cart/A", "POST /cart/B"], [{"A": 4, "B": 1}]),
        (["POST /cart/A?qty=3", "PUT /cart/A/2"], [{"A": 2}]),
        (["POST /cart/A", "POST /cart/B", "PUT /cart/A/0"], [{"B": 1}]),
        (["POST /cart/A", "POST /cart/B", "POST /cart-remove/A"], [{"B": 1}]),
        (["POST /cart/A", "DELETE /cart", "POST /cart/B"], [{"B": 1}]),
        (["POST /cart/A%20B"], [{"A": 1}]),
        (["GET /p/A", "POST /cart/A", "DELETE /cart"], []),
    ],
)
def test_what_was_put_into_the_cart_is_bought_and_what_was_looked_at_is_not(read, asked, orders):
    lines = [combined(second, each) for second, each in enumerate([*asked, "POST /orders"])]
    assert sold(read("", *lines, combined(90, "GET /p/Z"), routes=routes_of(*CART))) == orders


def test_an_order_leaves_the_cart_empty_and_a_silence_does_not(read):
    asked = ["POST /cart/A", "POST /orders", "POST /cart/B", "POST /orders", "POST /orders"]
    parsed = read(*(combined(3000 * at, each) for at, each in enumerate(asked)), routes=routes_of(*CART))
    assert sold(parsed) == [{"A": 1}, {"B": 1}]
    assert parsed.left_out.first == {"checkouts of a cart into which no request put anything": 5}


def test_the_assumptions_of_a_log_without_cart_calls_are_listed(read):
    parsed = read(combined(0, "GET /p/A"), combined(1, "GET /p/B"), combined(2, "POST /orders"), routes=routes_of())
    assert sold(parsed) == [{"A": 1, "B": 1}]
    assert [name for name in parsed.assumed if "without cart calls" in name]


def test_a_cart_call_without_a_product_adds_what_was_looked_at_last(read):
    routes = routes_of({"match": "POST /cart/add", "basket": "add"})
    asked = ["GET /p/A", "GET /p/B", "POST /cart/add", "POST /orders"]
    parsed = read(*(combined(at, each) for at, each in enumerate(asked)), routes=routes)
    assert sold(parsed) == [{"B": 1}]
    assert parsed.assumed.first["cart calls that name no SKU, taken to add what was looked at last"] == 3


def test_requests_of_one_second_keep_the_order_of_the_log(read):
    asked = ["POST /cart/A", "POST /orders"] * 50
    assert sold(read(*(combined(5, each) for each in asked), routes=routes_of(*CART))) == [{"A": 1}] * 50


@pytest.mark.parametrize("before", ["shop.example:443 ", "shop.example ", "[::1]:443 ", ""])
def test_a_virtual_host_before_the_client_is_no_client(read, before):
    parsed = read(*(before + combined(at, "GET /products/A", client=f"10.0.0.{at}") for at in range(3)))
    assert parsed.columns["session"] == [0, 1, 2]


@pytest.mark.parametrize("client", ["::1", "2001:db8::7", "visitor.example.net", "10.0.0.1"])
def test_clients_by_address_of_either_kind_or_by_name(read, client):
    user = combined(1, "GET /products/A", client=client).replace(" - - ", " - Ann van Dam ")
    assert set(read(combined(0, "GET /products/A", client=client), user).columns["session"]) == {0}


@pytest.mark.parametrize(
    "more",
    [
        ' "203.0.113.{}"',
        ' "203.0.113.{}, 10.1.1.1"',
        ' 0.004 "203.0.113.{}"',
        ' "10.9.9.9:8080" "203.0.113.{}"',
        " 203.0.113.{}",
    ],
)
def test_visitors_behind_a_load_balancer_are_distinguished_by_the_forwarded_address(read, more):
    lines = [combined(at, "GET /products/A", client=f"10.0.0.{at % 2}", more=more.format(at)) for at in range(200)]
    assert len(set(read(*lines).columns["session"])) == 200


def test_a_forwarded_address_in_place_of_the_client(read):
    lines = [combined(at, "GET /products/A", client=f"203.0.113.{at}, 10.0.0.1") for at in range(3)]
    assert read(*lines).columns["session"] == [0, 1, 2]


def test_few_addresses_with_many_requests_are_reported_as_a_proxys_perhaps(read):
    parsed = read(*(combined(at, "GET /p/A", client=f"10.0.0.{at % 2}") for at in range(200)), routes=routes_of())
    assert any("behind a proxy" in name for name in parsed.assumed)


def test_time_zones_and_the_hour_that_comes_twice_are_put_in_absolute_order(read):
    stamps = ["26/Oct/2025:02:30:00 +0200", "26/Oct/2025:02:10:00 +0100", "26/Oct/2025:09:20:00 +0800"]
    lines = [re.sub(r"\[.*?\]", f"[{stamp}]", combined(0, f"GET /products/S{at}")) for at, stamp in enumerate(stamps)]
    parsed = read(*reversed(lines))
    assert [parsed.codes[skus[0]] for skus in parsed.columns["skus"]] == ["S0", "S1", "S2"]
    assert [int(t) for t in parsed.columns["t"]] == [9000, 11400, 12000]


@pytest.mark.parametrize(
    "stamp", [1e30, -5, True, None, [], "yesterday", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00+23:00", float("nan")]
)
def test_time_stamps_that_cannot_be_are_skipped_by_line(read, stamp):
    odd = json.dumps({"time": stamp, "method": "GET", "path": "/products/B", "client": "x"})
    parsed = read(combined(0, "GET /products/A"), odd)
    assert (parsed.codes, [line.partition(":")[0] for line in parsed.bad]) == (["A"], ["line 2"])


@pytest.mark.parametrize("stamp", [1758880800.25, "1758880800.25", 1758880800250, "2025-09-26T18:00:00.250+08:00"])
def test_unix_times_in_seconds_and_milliseconds_are_the_same_instant(read, stamp):
    parsed = read(json.dumps({"ts": stamp, "method": "GET", "uri": "/products/A", "client": "x"}))
    assert parsed.start.timestamp() + parsed.columns["t"][0] == 1758880800.25
    assert parsed.assumed.first == {"requests without a status, taken as answered": 1}


def test_nested_fields_of_a_caddy_log_are_read(read):
    def line(at, agent, status=200):
        headers = {"User-Agent": [agent], "X-Forwarded-For": [f"203.0.113.{at}, 10.0.0.1"]}
        asked = {"remote_ip": "10.0.0.1", "method": "GET", "uri": f"/products/A{at}", "headers": headers}
        return json.dumps({"level": "info", "ts": 1758880800.25 + at, "request": asked, "status": status})

    parsed = read(line(0, "Firefox"), line(1, "Firefox"), line(2, "Googlebot/2.1"), line(3, "Firefox", 404))
    assert (parsed.codes, parsed.columns["session"]) == (["A0", "A1"], [0, 1])
    own = "fields: {path: 'request.headers.X-Path[1]', agent: request.method}\n"
    named = json.loads(line(0, "x"))
    named["request"]["headers"]["X-Path"] = ["/", "/products/Q"]
    assert read(json.dumps(named), routes=own + ROUTES).codes == ["Q"]


def test_a_json_line_without_a_field_names_it(read):
    parsed = read(combined(0, "GET /products/A"), '{"time": 1758880800, "method": "GET", "client": "x"}')
    assert "for the path; name it in routes under fields.path" in parsed.bad[0]
    parsed = read(combined(0, "GET /products/A"), '{"time": 1, "n": ' + "[" * 30_000)
    assert parsed.bad == ["line 2: JSON nested too deeply"]


def test_failed_requests_and_crawlers_are_not_replayed_and_counted(read):
    lines = [
        combined(0, "GET /products/A"),
        combined(1, "GET /products/B", status=404),
        combined(2, "GET /products/C", agent="Mozilla/5.0 (compatible; Googlebot/2.1)"),
        combined(3, "GET /products/D", status=503),
        combined(4, "GET /products/E", status=304),
    ]
    parsed = read(*lines)
    assert parsed.codes == ["A", "E"]
    assert parsed.left_out.first == {
        "requests answered 404": 2,
        "requests of crawlers and monitors": 3,
        "requests answered 503": 4,
    }
    missing = {"match": "GET /products/(?P<sku>.)", "journey": "browse", "status": ["2xx", 404]}
    assert read(*lines, routes=json.dumps({"routes": [missing], "drop_agents": ""})).codes == ["A", "B", "C"]
    bots = {"match": "GET /products/(?P<sku>.)", "journey": "browse", "agents": "Googlebot"}
    assert read(*lines, routes=json.dumps({"routes": [bots], "drop_agents": ""})).codes == ["C"]


def test_a_telephone_is_no_crawler():
    assert not re.search(CRAWLERS, "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50)")
    assert re.search(CRAWLERS, "Mozilla/5.0 (compatible; bingbot/2.0)")


@pytest.mark.parametrize("cut", [12, -5, -30])
def test_a_gzip_that_ends_early_or_is_damaged_is_refused_and_not_an_interruption(tmp_path, capsys, cut):
    packed = gzip.compress("\n".join(combined(at % 3600, f"GET /products/A{at}") for at in range(500)).encode())
    (tmp_path / "routes.yaml").write_text(ROUTES)
    log = tmp_path / "access.log.gz"
    asked = ["trace", "--access-log", str(log), "--routes", str(tmp_path / "routes.yaml"), "--out", str(tmp_path)]
    log.write_bytes(packed[:cut])
    assert app.status(asked) == 64
    assert "the gzip ends early" in capsys.readouterr().err
    log.write_bytes(packed[:60] + bytes(40) + packed[100:])
    assert app.status(asked) == 64
    assert "retail-lab: " in capsys.readouterr().err


def test_a_gzip_is_known_by_its_content(tmp_path, read):
    (tmp_path / "routes.yaml").write_text(ROUTES)
    (tmp_path / "access.log").write_bytes(gzip.compress("\n".join(VISIT).encode()))
    assert len(read_log(tmp_path / "access.log", read_routes(tmp_path / "routes.yaml")).columns["t"]) == 4


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_log_is_read_or_refused_and_every_line_accounted_for(read, data):
    whole = [
        *VISIT,
        json.dumps({"ts": 1758880800.5, "request": {"method": "GET", "uri": "/products/A"}, "client": "x"}),
    ]
    lines = []
    for line in whole:
        at, end = sorted(data.draw(st.tuples(st.integers(0, len(line)), st.integers(0, len(line)))))
        lines.append(line[:at] + data.draw(st.text(max_size=6).filter(lambda t: t.isprintable())) + line[end:])
    try:
        parsed = read(*lines)
    except Refusal:
        return
    rows = len(parsed.columns["t"])
    assert parsed.lines == sum(bool(line.strip()) for line in lines)
    assert 0 < rows <= parsed.lines - len(parsed.bad)
    assert all(len(column) == rows for column in parsed.columns.values())
    assert sorted(parsed.columns["t"]) == parsed.columns["t"]
