"""Results of other tools: read for what they say, and never believed for a pass."""

import csv
import gzip
import json
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.evidence.importers.foreign import read
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import parse
from sim.records.refusal import Refusal

N = 4000
START_MS = 1_700_000_000_000


@pytest.fixture
def jtl(tmp_path):
    """Writes a JTL; a change is (row, column, value)."""

    def write(rows=N, changes=(), delimiter=",", label=lambda i: "GET /products"):
        table = [
            {"timeStamp": START_MS + 20 * i, "elapsed": 80 + i % 7, "label": label(i), "responseCode": "200", "responseMessage": "OK",
             "threadName": "users 1-1", "success": "true", "bytes": 512}
            for i in range(rows)
        ]  # fmt: skip
        for row, column, value in changes:
            table[row][column] = value
        path = tmp_path / "results.jtl"
        with open(path, "w", newline="") as file:
            out = csv.DictWriter(file, table[0], delimiter=delimiter)
            out.writeheader()
            out.writerows(table)
        return path

    return write


def k6_points(i, duration_ms=80.0, status="200", group=""):
    """The points of one request as k6 writes them, at its end."""
    end = np.datetime64(START_MS * 1000 + 20_000 * i, "us").astype(str) + "Z"
    tags = {
        "method": "GET",
        "name": f"http://shop/products/{i}",
        "status": status,
        "group": group,
        "expected_response": str(status == "200").lower(),
    }
    values = {
        "http_reqs": 1,
        "http_req_duration": duration_ms,
        "http_req_blocked": 5.0,
        "http_req_connecting": 4.0,
        "http_req_waiting": 70.0,
    }
    return [
        {"metric": metric, "type": "Point", "data": {"time": end, "value": value, "tags": tags}}
        for metric, value in values.items()
    ]


@pytest.fixture
def k6(tmp_path):
    def write(points):
        lines = [{"type": "Metric", "metric": "http_reqs", "data": {"type": "counter"}}, *points]
        (tmp_path / "k6.json").write_text("\n".join(map(json.dumps, lines)) + "\n")
        return tmp_path / "k6.json"

    return write


def test_a_faultless_jtl_is_never_a_pass(jtl):
    verdict = judge(*read(jtl()))
    assert verdict.decision == "inconclusive"
    assert "Availability was 100 % (0 of 4,000 failed), at least 99.925 % (target 99.9 %)" in verdict.sentence
    assert "stalls are under-counted. A replay in open loop would decide." in verdict.sentence
    assert "the file holds requests and no journeys" in verdict.sentence
    assert any("no intended starts" in said for said in verdict.window_supports)


def test_a_jtl_that_fails_its_target_fails(jtl):
    broken = [(i, c, v) for i in range(0, N, 20) for c, v in (("success", "false"), ("responseCode", "500"))]
    verdict = judge(*read(jtl(changes=broken)))
    assert verdict.decision == "fail"
    assert verdict.outcomes == {"ok": 3800, "failed": 200}
    assert any(said.startswith("Failed: 200 × HTTP 500 at `GET /products` (") for said in verdict.reasons)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_jtl_is_read_whatever_its_delimiter(jtl, delimiter):
    samples, run = read(jtl(50, delimiter=delimiter))
    took_s = samples["t_end"].to_numpy() - samples["t_start"].to_numpy()
    np.testing.assert_allclose(took_s, [(80 + i % 7) / 1000 for i in range(50)], atol=1e-6)
    assert (run.adapter, run.started_at, run.intended_starts) == ("jtl", "2023-11-14T22:13:20+00:00", False)


def test_dates_of_a_jtl_are_read_too(jtl):
    changes = [(i, "timeStamp", f"2026/10/01 18:00:{i:02d}.250") for i in range(50)]
    samples, _ = read(jtl(50, changes=changes))
    np.testing.assert_allclose(samples["t_start"].to_numpy(), np.arange(50.0), atol=1e-6)


def test_transactions_are_not_counted_beside_their_requests(jtl):
    repeated = [(9, "responseMessage", "Number of samples in transaction : 3, number of failing samples : 0")]
    samples, _ = read(jtl(10, changes=repeated))
    assert len(samples) == 9


@pytest.mark.parametrize(
    ("code", "success", "outcome"),
    [
        ("200", "true", "ok"),
        ("404", "true", "rejected"),
        ("500", "true", "failed"),
        ("200", "false", "failed"),
        ("404", "false", "failed"),
        ("429", "false", "throttled"),
        ("401", "false", "auth_lost"),
        ("Non HTTP response code: java.net.SocketTimeoutException", "false", "failed"),
    ],
)
def test_outcomes_follow_the_tester_except_where_the_server_said_otherwise(jtl, code, success, outcome):
    samples, _ = read(jtl(3, changes=[(1, "responseCode", code), (1, "success", success)]))
    assert samples["outcome"].to_pylist()[1] == outcome


def test_names_lose_what_changes_from_request_to_request(jtl):
    samples, _ = read(jtl(10, label=lambda i: f"GET /orders/{i}/lines?page={i}"))
    assert set(samples["journey"].to_pylist()) == {"GET /orders/{id}/lines"}


def test_k6_is_read_from_json_with_the_wait_for_a_connection(k6):
    samples, run = read(k6([point for i in range(30) for point in k6_points(i, group="::checkout" if i % 2 else "")]))
    start, end = (samples[name].to_numpy() for name in ("t_start", "t_end"))
    np.testing.assert_allclose(end - start, 0.085, atol=1e-6)
    np.testing.assert_allclose(start, 0.02 * np.arange(30), atol=1e-5)
    assert set(samples["journey"].to_pylist()) == {"checkout", "GET http://shop/products/{id}"}
    assert (run.adapter, run.accounts.scheduled) == ("k6", 30)


def test_iterations_that_k6_dropped_count_as_dropped(k6):
    late = {
        "metric": "dropped_iterations",
        "type": "Point",
        "data": {"time": "2023-11-14T22:13:21Z", "value": 7, "tags": {"scenario": "peak"}},
    }
    samples, run = read(k6([*(point for i in range(300) for point in k6_points(i)), late]))
    assert run.accounts.dropped == 7
    verdict = judge(samples, run)
    assert verdict.decision == "fail"
    assert verdict.outcomes == {"ok": 300, "dropped": 7}
    assert any(said.startswith("Dropped: 7 iterations that k6 did not start") for said in verdict.reasons)


def test_k6_is_read_from_csv(tmp_path):
    lines = ["metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,status,url"]
    for i in range(20):
        good, status = ("false", 503) if i == 4 else ("true", 200)
        tags = f",,,,{good},,GET,http://shop/stock,{status},http://shop/stock"
        lines += [f"{metric},{1_700_000_000 + i},40.0{tags}" for metric in ("http_req_duration", "http_req_blocked")]
    (tmp_path / "k6.csv").write_text("\n".join(lines))
    samples, _ = read(tmp_path / "k6.csv")
    assert samples["outcome"].to_pylist().count("failed") == 1
    np.testing.assert_allclose(np.diff(samples["t_start"].to_numpy()), 1.0, atol=1e-6)


def test_a_target_may_name_a_label(jtl):
    samples, run = read(jtl())
    verdict = judge(samples, run, parse(["GET /products:p95=10ms"], ["GET /products"]))
    assert verdict.decision == "fail"


@pytest.mark.parametrize("text", ["", "hello\n", "a,b\n1,2\n", "{}\n", "<testResults/>"])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "x").write_text(text)
    with pytest.raises(Refusal):
        read(tmp_path / "x")


def test_a_bad_row_is_named_by_its_line(jtl):
    with pytest.raises(Refusal, match="line 7"):
        read(jtl(10, changes=[(5, "elapsed", "fast")]))


XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<testResults version="1.2">
<httpSample t="84" it="0" lt="80" ct="3" ts="{START_MS}" s="true" lb="GET /products" rc="200" rm="OK" tn="till 1-1" dt="text" by="512" ng="1" na="1">
  <java.net.URL>http://shop/products</java.net.URL>
</httpSample>
<sample t="300" it="0" lt="0" ct="0" ts="{START_MS + 1000}" s="false" lb="buy" rc="" rm="Number of samples in transaction : 2, number of failing samples : 1" tn="till 1-1" dt="" by="0" ng="1" na="1">
  <httpSample t="120" it="0" lt="119" ct="0" ts="{START_MS + 1000}" s="true" lb="POST /carts" rc="201" rm="Created" tn="till 1-1" dt="text" by="90" ng="1" na="1">
    <httpSample t="20" it="0" lt="19" ct="0" ts="{START_MS + 1100}" s="true" lb="POST /carts-1" rc="200" rm="OK" tn="till 1-1" dt="text" by="9" ng="1" na="1"/>
  </httpSample>
  <httpSample t="180" it="0" lt="0" ct="0" ts="{START_MS + 1120}" s="false" lb="POST /orders" rc="500" rm="Internal Server Error" tn="till 1-1" dt="text" by="0" ng="1" na="1">
    <assertionResult><name>Accepted</name><failure>true</failure><error>false</error></assertionResult>
  </httpSample>
</sample>
<sample t="5" it="0" lt="0" ct="0" ts="{START_MS + 2000}" s="false" lb="GET /stock" rc="Non HTTP response code: java.net.ConnectException" rm="refused" tn="till 1-1" dt="text" by="0" ng="1" na="1"/>
</testResults>
"""  # noqa: E501


@pytest.fixture(params=["", ".gz"])
def xml(request, tmp_path):
    """Writes a JTL in XML, plain or packed."""

    def write(text=XML):
        path = tmp_path / f"results.jtl{request.param}"
        path.write_bytes(gzip.compress(text.encode()) if request.param else text.encode())
        return path

    return write


def test_a_jtl_in_xml_is_read_request_by_request(xml):
    """A redirect stands inside its request and its time; a transaction stands for the requests inside it."""
    samples, run = read(xml())
    assert samples["journey"].to_pylist() == ["GET /products", "POST /carts", "POST /orders", "GET /stock"]
    assert samples["outcome"].to_pylist() == ["ok", "ok", "failed", "failed"]
    assert samples["status"].to_pylist() == [200, 201, 500, 0]
    assert samples["error"].to_pylist()[3].endswith("ConnectException")
    start, end = (samples[name].to_numpy() for name in ("t_start", "t_end"))
    np.testing.assert_allclose(start, [0, 1, 1.12, 2], atol=1e-6)
    np.testing.assert_allclose(end - start, [0.084, 0.12, 0.18, 0.005], atol=1e-6)
    assert (run.adapter, run.started_at, run.intended_starts) == ("jtl", "2023-11-14T22:13:20+00:00", False)


def test_a_faultless_jtl_in_xml_is_never_a_pass_either(xml):
    one = '<httpSample t="{}" ts="{}" s="true" lb="GET /products" rc="200" rm="OK"/>'
    rows = "\n".join(one.format(80 + i % 7, START_MS + 20 * i) for i in range(N))
    verdict = judge(*read(xml(f'<?xml version="1.0"?>\n<testResults version="1.2">\n{rows}\n</testResults>\n')))
    assert verdict.decision == "inconclusive"
    assert "Availability was 100 % (0 of 4,000 failed), at least 99.925 % (target 99.9 %)" in verdict.sentence
    assert "stalls are under-counted. A replay in open loop would decide." in verdict.sentence
    assert "the file holds requests and no journeys" in verdict.sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (XML[: XML.index("</sample>")], "line 13: expected XML that is whole"),
        (XML.replace('t="180"', 't="fast"'), "sample 3: expected timeStamp and elapsed in ms"),
        (XML.replace('rc="201" ', ""), "sample 2: expected the attribute rc of a JTL"),
    ],
)
def test_xml_that_is_not_whole_is_refused_with_its_place(xml, text, said):
    with pytest.raises(Refusal, match=said):
        read(xml(text))


def test_a_last_line_that_is_cut_off_is_left_out_and_said(jtl):
    path = jtl(10)
    for end in ("", "\n"):
        path.write_text("\n".join(path.read_text().splitlines()[:9]) + "\n17000000,3" + end)
        samples, run = read(path)
        assert len(samples) == 8
        assert run.left_out == [
            "Line 10, the last of the file, is cut off (2 of 8 cells): it is left out and not judged."
        ]
        assert judge(samples, run).outcomes == {"ok": 8}
        assert run.left_out[0] in judge(samples, run).window_supports


@pytest.mark.parametrize(
    ("cells", "said"), [("1,2,3,4,5,6,7,8,9", "line 4: expected 8 cells"), ("1,2", "line 4: expected 8 cells")]
)
def test_a_row_of_other_width_is_refused_with_its_line(jtl, cells, said):
    path = jtl(10)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], cells, *lines[3:]]) + "\n")
    with pytest.raises(Refusal, match=said):
        read(path)


@pytest.mark.parametrize(
    "form",
    ["%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S.%f", "%d/%m/%y %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"],
)
@pytest.mark.parametrize(
    "night", ["2026-06-05T23:59:50", "2026-09-30T23:59:50", "2026-12-31T23:59:50", "2026-10-12T23:59:50"]
)
def test_dates_in_any_order_are_read_across_a_night(jtl, form, night):
    begin = datetime.fromisoformat(night)
    changes = [(i, "timeStamp", (begin + timedelta(seconds=i)).strftime(form)) for i in range(30)]
    samples, _ = read(jtl(30, changes=changes))
    np.testing.assert_allclose(samples["t_start"].to_numpy(), np.arange(30.0), atol=1e-6)


def test_a_success_that_is_neither_true_nor_false_is_refused(jtl):
    with pytest.raises(Refusal, match="line 5: expected true or false as success"):
        read(jtl(10, changes=[(3, "success", "maybe")]))


def test_half_a_last_point_of_k6_is_left_out_and_said(k6):
    path = k6([point for i in range(30) for point in k6_points(i)])
    whole = path.read_text()
    path.write_text(whole[:-40])
    samples, run = read(path)
    assert len(samples) == 30
    assert "is cut off (no whole JSON)" in run.left_out[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("simulation.log", "RUN\tshop.Peak\tpeak\t1700000000000\t \t3.9.5\n", "Gatling's simulation.log"),
        ("a_stats_history.csv", "Timestamp,User Count,Type,Name,Requests/s,Failures/s\n", "Locust's CSV history"),
        ("a_stats.csv", "Type,Name,Request Count,Failure Count\n", "Locust's CSV statistics"),
        ("summary.json", '{\n "metrics": {}\n}\n', "k6's summary"),
    ],
)
def test_files_of_sums_are_refused_by_name_with_what_is_read(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(Refusal, match=r"a request a line: a JTL .* or k6's output") as refused:
        read(tmp_path / name)
    assert said in str(refused.value)


def test_a_gzip_that_ends_early_is_refused(jtl):
    packed = gzip.compress(jtl(2000).read_bytes())
    path = jtl(1).with_name("cut.jtl.gz")
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(Refusal, match="gzip ends early"):
        read(path)


def test_a_file_of_requests_can_be_held_to_no_target_on_journeys():
    with pytest.raises(Refusal, match="requests and no journeys"):
        parse(["journeys=99%"], ["GET /products"], requests_only=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["jtl", "xml", "k6", "k6csv"]),
    at=st.floats(0, 1),
    put=st.one_of(
        st.just(b""), st.binary(max_size=6), st.sampled_from([b",", b"\n", b'"', b"-", b"1e999", b"nan", b"{", b"\xff"])
    ),
    ends=st.booleans(),
)
def test_a_cut_or_damaged_file_is_judged_or_refused_and_never_breaks(tmp_path, jtl, k6, kind, at, put, ends):
    whole = {
        "jtl": lambda: jtl(8).read_bytes(),
        "xml": XML.encode,
        "k6": lambda: k6([point for i in range(4) for point in k6_points(i)]).read_bytes(),
        "k6csv": lambda: (
            b"metric_name,timestamp,metric_value,status,name\n" + b"http_req_duration,1700000000,40.0,200,a\n" * 5
        ),
    }[kind]()
    place = int(at * len(whole))
    path = tmp_path / "damaged"
    path.write_bytes(whole[:place] + put + (b"" if ends else whole[place + len(put) :]))
    try:
        samples, run = read(path)
    except Refusal:
        return
    assert judge(samples, run).decision != "pass"
