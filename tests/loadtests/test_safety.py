from __future__ import annotations

import socket

import pytest

from loadtests.safety import ErrorStop, Target, admit, cap_rate, near, resolve
from sim.records.refusal import Refusal


def named(*addresses: str) -> Target:
    return Target("https", "shop.example", 443, "", addresses)


def test_a_base_url_is_read_and_its_addresses_are_pinned():
    target = resolve("http://127.0.0.1:8080/api/")
    assert target == Target("http", "127.0.0.1", 8080, "/api", ("127.0.0.1",))
    assert target.loopback
    assert target.authority == "127.0.0.1:8080"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "http://",
        "http://user:hunter2@127.0.0.1/",
        "http://127.0.0.1/?a=1",
        "http://127.0.0.1:x/",
        "http://127.0.0.1:0/",
        "http://[::1",
        "ftp://user:hunter2@127.0.0.1/",
        "http://user:hunter2@[::1",
    ],
)
def test_a_url_that_cannot_be_loaded_is_refused_and_no_secret_repeated(url):
    with pytest.raises(Refusal) as refused:
        resolve(url)
    assert "hunter2" not in str(refused.value)


def test_loopback_needs_no_permission_and_nothing_else_passes_without():
    admit(Target("http", "localhost", 80, "", ("127.0.0.1", "::1")), "")
    for target in (named("10.1.2.3"), named("127.0.0.1", "10.1.2.3"), named("fe80::1%eth0")):
        with pytest.raises(Refusal, match=r"shop\.example"):
            admit(target, "")
        with pytest.raises(Refusal):
            admit(target, "shop.example.org")
        admit(target, "Shop.Example")


def test_a_name_that_resolves_elsewhere_later_leads_nowhere_else(monkeypatch):
    from loadtests.http.client import Client

    looked_up = []

    def getaddrinfo(host, port, *args, **kwargs):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    target = resolve(f"http://shop.example:{port}", allowed="shop.example")
    assert target.addresses == ("127.0.0.1",)
    client = Client(target, 1.0, {})
    assert client.send("GET", "/").error == "connection refused"
    assert looked_up == ["shop.example"]


def test_a_schedule_over_the_cap_is_refused_not_stretched():
    cap_rate(500, 500.0)
    with pytest.raises(Refusal, match="500 journeys"):
        cap_rate(501, 500.0)


@pytest.mark.parametrize(
    "url", ["http://shop.example", "http://127.1", "http://localhost.example", "http://10.1.2.3", "http://0.0.0.0"]
)
@pytest.mark.parametrize("flag", ["--host", "--proxy"])
def test_a_host_that_was_not_allowed_is_never_looked_up(monkeypatch, url, flag):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    with pytest.raises(Refusal, match="--allow-host"):
        resolve(url, flag, "other.example")


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://localhost", "http://[::1]", "http://127.0.0.53"])
def test_this_machine_needs_no_permission(url):
    assert resolve(url).loopback


def test_a_name_that_was_allowed_for_loopback_alone_and_leads_elsewhere_is_refused(monkeypatch):
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    with pytest.raises(Refusal, match="localhost"):
        resolve("http://localhost")


def fed(ratio: float, *totals: tuple[float, int, int]) -> list[bool]:
    stop = ErrorStop(ratio)
    return [bool(stop.see(*each)) for each in totals]


def test_the_error_stop_looks_at_the_last_seconds_only():
    ok = [(float(t), 100 * t, 0) for t in range(1, 60)]
    assert not any(fed(0.5, *ok, (60.0, 6000, 500))), (
        "half of the last ten seconds' requests is the limit, not above it"
    )
    assert fed(0.5, *ok, (60.0, 6000, 501))[-1]
    assert not any(fed(0.5, *ok, (60.0, 6000, 500), (75.0, 7500, 500))), "they are forgotten"


@pytest.mark.parametrize(
    ("requests", "failed", "stops"), [(50, 25, False), (50, 26, True), (49, 26, False), (4, 4, False)]
)
def test_the_error_stop_needs_more_than_its_share_of_fifty_requests(requests, failed, stops):
    assert fed(0.5, (1.0, 1, 0), (2.0, requests, failed))[-1] == stops


def test_a_share_of_exactly_all_is_no_limit():
    assert not any(fed(1.0, *((float(t), 10 * t, 10 * t) for t in range(1, 30))))


def test_a_slow_run_stops_at_twenty_failures_in_a_row():
    """At 1.5 requests/s ten seconds never hold fifty."""
    dead = [(float(t), int(1.5 * t), int(1.5 * t)) for t in range(1, 40)]
    assert fed(0.5, *dead).index(True) == dead.index((14.0, 21, 21))
    answered = [(t, n + 1, failed) if t > 12 else (t, n, failed) for t, n, failed in dead]
    assert fed(0.5, *answered).index(True) > fed(0.5, *dead).index(True), "an answer between them begins a new row"
    assert not fed(0.5, *((float(t), 100 * t, 0) for t in range(1, 30)), (30.0, 2930, 30))[-1], (
        "a short outage of a busy API"
    )


def test_what_is_refused_names_its_flag_and_what_stood_there():
    with pytest.raises(Refusal) as capped:
        cap_rate(501, 500.0)
    assert capped.value.args[:4] == ("--rate-cap", "", "at most 500 journeys in any second", 501)
    cap_rate(500, 500.0)
    with pytest.raises(Refusal) as refused:
        resolve("http://shop.example")
    assert refused.value.args[:3] == (
        "--allow-host", "shop.example", "the host's name, typed or as this flag, to load it beyond loopback",
    )  # fmt: skip


def test_a_loopback_address_with_a_zone_is_this_machine():
    assert near("::1%lo")
    assert not near("fe80::1%eth0")


def test_twenty_failures_in_a_row_stop_and_nineteen_do_not():
    stop = ErrorStop(0.9)
    assert not stop.see(1.0, 10, 0)
    assert not stop.see(2.0, 29, 19)
    assert stop.see(3.0, 30, 20) == "20 requests in a row failed"


def test_failures_before_a_success_are_in_no_row():
    stop = ErrorStop(0.9)
    assert not stop.see(1.0, 5, 4)
    assert not stop.see(2.0, 25, 23)
    assert stop.see(3.0, 26, 24) == ""
