"""Faults have their configured effect, no other, and only when switched on."""

from __future__ import annotations

import asyncio

import pytest

from loadtests.shop.faults import NO_FAULTS, FaultPage, Faults, Faulty


class Stopwatch:
    """A clock that advances only in `sleep`."""

    def __init__(self, now: float):
        self.now = self.began = now

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def ask(faults, now=0.0, path="/products", times=1):
    """Statuses, and the seconds each answer took, of requests one after the other; the faults began at 0."""
    page, clock = FaultPage(), Stopwatch(now)
    page.write(faults, began=0.0)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    faulty = Faulty(app, page, clock, clock.sleep)
    seen = []

    async def send(message):
        if message["type"] == "http.response.start":
            seen.append(message["status"])

    async def all_of_them():
        took = []
        for _ in range(times):
            before = clock.now
            await faulty({"type": "http", "path": path}, None, send)
            took.append(clock.now - before)
        return took

    return seen, asyncio.run(all_of_them())


def test_nothing_goes_wrong_unasked():
    assert ask(NO_FAULTS, times=5) == ([200] * 5, [0.0] * 5)


def test_latency_is_added_to_every_request():
    assert ask(Faults(latency_s=0.25), times=3) == ([200] * 3, [0.25] * 3)


@pytest.mark.parametrize(
    ("now", "waits_s"), [(0.0, 0.0), (17.9, 0.0), (18.0, 2.0), (19.5, 0.5), (20.0, 0.0), (38.5, 1.5), (119.0, 1.0)]
)
def test_a_stall_of_2_s_in_every_20_holds_requests_until_its_end(now, waits_s):
    assert ask(Faults(stall_s=2, stall_every_s=20), now=now) == ([200], [pytest.approx(waits_s)])


@pytest.mark.parametrize(
    ("now", "status"), [(0.0, 200), (26.9, 200), (27.0, 503), (29.9, 503), (30.0, 200), (58.0, 503)]
)
def test_an_outage_of_3_s_in_every_30_answers_503_at_once(now, status):
    assert ask(Faults(outage_s=3, outage_every_s=30), now=now) == ([status], [0.0])


@pytest.mark.parametrize("rate", [0.001, 0.125, 0.5, 1.0])
def test_an_error_rate_fails_its_exact_share(rate):
    statuses, _ = ask(Faults(error_rate=rate), times=2000)
    assert statuses.count(503) == int(2000 * rate)


def test_health_and_the_faults_themselves_stay_reachable():
    for path in ("/health", "/faults"):
        assert ask(Faults(error_rate=1.0, latency_s=5), path=path) == ([200], [0.0])


def test_every_worker_reads_the_same_page(tmp_path):
    one, other = FaultPage(tmp_path / "faults"), FaultPage(tmp_path / "faults")
    assert other.read() == (0.0, NO_FAULTS)
    one.write(Faults(stall_s=2, stall_every_s=20, sync_lag_s=7), began=123.5)
    assert other.read() == (123.5, Faults(stall_s=2, stall_every_s=20, sync_lag_s=7))


def test_faults_are_asked_for_and_ended_over_http(shop):
    asked = {"error_rate": 0.25}
    assert shop.put("/faults", json=asked).json() == shop.get("/faults").json() == Faults(**asked).model_dump()
    statuses = [shop.get("/shop").status_code for _ in range(40)]
    assert (statuses.count(503), statuses.count(200)) == (10, 30)
    assert shop.put("/faults", json={"error_rate": 1}).status_code == 200
    assert shop.get("/shop").json()["code"] == "injected_fault"
    shop.delete("/faults")
    assert shop.get("/shop").status_code == 200


@pytest.mark.parametrize("asked", [{"stall_s": 2}, {"stall_s": 2, "stall_every_s": 2}, {"error_rate": 2}, {"flood": 1}])
def test_faults_that_make_no_sense_are_refused(shop, asked):
    assert shop.put("/faults", json=asked).status_code == 422


def test_late_reads_show_old_stock_and_sales_decide_on_the_present(either_shop):
    sale = {"location": "SH01", "lines": [{"sku": "LAST", "quantity": 2}]}
    either_shop.put("/faults", json={"sync_lag_s": 3600})
    assert either_shop.post("/orders", json=sale).status_code == 201
    assert either_shop.get("/products/LAST").json()["available"] == 5
    assert either_shop.get("/stock/LAST?location=SH01").json()["available"] == 2
    assert either_shop.get("/stock?sku=LAST").json()["items"][0]["available"] == 5
    assert either_shop.post("/orders", json=sale).status_code == 409
    either_shop.delete("/faults")
    assert either_shop.get("/products/LAST").json()["available"] == 3
