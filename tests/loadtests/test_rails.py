from __future__ import annotations

import socket

import pytest

from loadtests.rails import ErrorStop, Target, admit, cap_rate, resolve
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
    from loadtests.client import Client

    looked_up = []

    def getaddrinfo(host, port, *args, **kwargs):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    target = resolve(f"http://shop.example:{port}")
    assert target.addresses == ("127.0.0.1",)
    client = Client(target, 1.0, {})
    assert client.send("GET", "/").error == "connection refused"
    assert looked_up == ["shop.example"]


def test_a_schedule_over_the_cap_is_refused_not_stretched():
    cap_rate(500, 500.0)
    with pytest.raises(Refusal, match="500 journeys"):
        cap_rate(501, 500.0)


def test_the_error_stop_looks_at_the_last_seconds_only():
    stop = ErrorStop(0.5, window_s=10.0, least=50)
    assert not stop.see(1.0, 40, 40), "too few to judge"
    assert stop.see(2.0, 60, 60)
    stop = ErrorStop(0.5, window_s=10.0, least=50)
    assert not any(stop.see(t, 100 * t, 0) for t in range(1, 60))
    assert not stop.see(60.0, 6000, 500), "half of the last ten seconds' requests is the limit, not above it"
    assert stop.see(61.0, 6100, 600)
