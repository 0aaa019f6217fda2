"""A dry run lists the steps that a run sends, or reports that some are unknown."""

from __future__ import annotations

from collections import defaultdict

import pytest

from loadtests.adapters import load
from loadtests.adapters.auth import Cookies, KeyParameter, Login
from loadtests.adapters.base import Adapter, CatalogueCodes
from loadtests.checks.conformance import check
from loadtests.checks.session import Trial
from loadtests.http.options import Wire
from loadtests.planning.dry_run import ONE_LINE, steps
from loadtests.planning.synthetic_answers import UNSEEN
from loadtests.shop.serve import serve
from sim.cli import app
from sim.records.samples import read_samples
from sim.records.trace import FOLLOWERS, JOURNEYS, TraceHeader, write_trace

from ..conftest import journeys, write_catalogue

SHELF = CatalogueCodes(["A", "B", "C"], ["SH01"], ["store"], ["EAST"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    catalogue = tmp_path_factory.mktemp("shop") / "catalogue.parquet"
    write_catalogue(catalogue)
    with serve(catalogue) as served:
        yield served


def test_every_step_that_a_check_of_the_shop_sends_is_seen(shop):
    with Trial(load("shop"), shop.url, Wire(), {"RETAIL_LAB_SHOP_TOKEN": shop.token}, "dry", CatalogueCodes()) as trial:
        sent = {line.journey: [each.step for each in line.requests] for line in check(trial).lines}
        online = {"location": 1, "customer": 0, "skus": [0], "quantities": [1]}
        order = trial.play("checkout", row=100, **online)
        shipped = trial.play("return_goods", row=101, carried=order.brought, **online)
        seen = {journey: steps(trial.adapter, journey) for journey in JOURNEYS}
    assert set(sent) == set(JOURNEYS)
    assert sent["return_goods"] == ["return"], "of an order in a store"
    sent["return_goods"] = [each.step for each in shipped.requests]
    assert {journey: list(found.names) for journey, found in seen.items()} == sent
    assert {found.unseen for found in seen.values()} == {""}


def test_the_requests_of_a_replay_of_the_shop_lie_between_those_announced(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)
    rows = []
    for turn in range(60):
        journey = JOURNEYS[turn % len(JOURNEYS)]
        what = {"t": 0.1 * turn, "location": turn % 2, "customer": turn, "skus": [0, 1, 2][: 1 + turn % 3]}
        follows = {"follows": JOURNEYS.index("checkout") + turn // 12 * 12} if journey in FOLLOWERS else {}
        rows.append(
            {**what, "journey": journey, "session": turn // 12, "quantities": [1] * len(what["skus"]), **follows}
        )
    write_trace(tmp_path / "trace.parquet", TraceHeader("made", "0" * 64, 5, "2026-10-01", "UTC"), [journeys(*rows)])
    write_catalogue(tmp_path / "catalogue.parquet")
    run = ["replay", str(tmp_path / "trace.parquet"), "--host", shop.url]
    capsys.readouterr()
    assert app.status([*run, "--dry-run"]) == 0
    output = capsys.readouterr().out.splitlines()
    announced: dict[str, list[str]] = defaultdict(list)
    bounds = {}
    for line in output:
        if " × " in line and "requests each" in line:
            journey = line.split(" × ")[1].split(":")[0]
            each = line.split(": ")[1].split(" requests each")[0].split(" to ")
            bounds[journey] = (float(each[0]), float(each[-1]))
        elif line.startswith("    "):
            announced[journey].append(line.split()[0])
    app.status([*run, "--out", str(tmp_path / "run")])
    samples = read_samples(tmp_path / "run" / "samples.parquet").to_pylist()
    sent: dict[str, list[str]] = defaultdict(list)
    for each in samples:
        sent[each["journey"]].append(each["step"])
    played = {journey: len({each["row"] for each in samples if each["journey"] == journey}) for journey in sent}
    assert {each["outcome"] for each in samples} == {"ok"}
    assert set(sent) == set(JOURNEYS)
    for journey, names in sent.items():
        assert set(names) <= set(announced[journey]), journey
        few, many = bounds[journey]
        assert 0.99 * few <= len(names) / played[journey] <= 1.01 * many, journey


def adapter(kind, environment=()) -> Adapter:
    made = kind(SHELF, "dry")
    made.equip(dict(environment))
    made.adopt({"products": [["A", "1"], ["B", "2"], ["C", "3"]]})
    return made


def seen(journey, environment=(), auth=None, rows=(ONE_LINE,)):
    kind = type("Made", (Adapter,), {"name": "made", "browse": journey} | ({"auth": auth} if auth else {}))
    return steps(adapter(kind, environment), "browse", rows)


def test_both_ways_of_every_choice_are_played():
    def browse(self, errand):
        order = errand.get("order", "/order").json
        if order["status"] == "placed":
            errand.post("ship", f"/orders/{order['id']}/ship")
        if order["total"] > 100 and not order["member"]:
            errand.post("approve", "/approval")
        errand.get("end", "/end")

    found = seen(browse)
    assert list(found.names) == ["order", "ship", "approve", "end"]
    assert found.requests[1] == "POST /orders/{id}/ship"
    assert (found.fewest, found.most, found.unseen) == (2, 4, "")


def test_as_many_elements_as_a_journey_takes_of_a_list_are_there():
    def browse(self, errand):
        for item in errand.get("list", "/list").json["page"]["items"][:3]:
            errand.get("item", item["url"])

    found = seen(browse)
    assert list(found.names) == ["list", "item", "item", "item"]
    assert found.unseen == ""


@pytest.mark.parametrize(
    "depends",
    [
        lambda errand, order: order["status"] in {"placed", "paid"},
        lambda errand, order: int(order["total"]) > 3,
        lambda errand, order: len(order["lines"]) > 3,
        lambda errand, order: {"placed": True}[order["status"]],
        lambda errand, order: [errand.get("line", f"/lines/{line['id']}") for line in order["lines"]],
    ],
    ids=["set", "number", "length", "lookup", "each"],
)
def test_steps_that_made_up_answers_cannot_show_are_reported_as_missing(depends):
    def browse(self, errand):
        if depends(errand, errand.get("order", "/order").json):
            errand.post("ship", "/ship")

    assert seen(browse).unseen


def test_an_adapter_that_raises_on_a_made_up_answer_is_named_with_the_step_before():
    def browse(self, errand):
        from datetime import datetime

        datetime.fromisoformat(errand.get("order", "/order").json["date"])
        errand.post("ship", "/ship")

    found = seen(browse)
    assert list(found.names) == ["order"]
    assert found.unseen == f"{UNSEEN} (ValueError after order)"


def test_an_adapter_that_ends_a_journey_early_hides_no_step():
    def browse(self, errand):
        order = errand.get("order", "/order").json
        if order["status"] == "cancelled":
            errand.end("rejected", "order", "cancelled meanwhile")
        errand.post("ship", "/ship")

    found = seen(browse)
    assert (list(found.names), found.fewest, found.most, found.unseen) == (["order", "ship"], 1, 2, "")


def test_waiting_until_something_is_done_comes_to_an_end():
    def browse(self, errand):
        errand.until("poll", "/job", lambda answer: answer.json["state"] == "done")
        errand.get("end", "/end")

    found = seen(browse)
    assert list(found.names) == ["poll", "end"]
    assert found.unseen


def test_a_login_and_a_token_are_seen_once_and_their_secrets_not_at_all():
    def browse(self, errand):
        errand.get("page", "/page")

    secrets = {"U": "clerk-of-all", "P": "w0rd-of-clerk", "K": "key-0123"}
    rows = [ONE_LINE._replace(row=number) for number in range(4)]
    found = seen(browse, secrets, Login("/login", "U", "P"), rows)
    assert list(found.names) == ["token", "page"]
    assert found.most == 5 / 4
    text = " ".join([*found.requests, *seen(browse, secrets, KeyParameter("K")).requests])
    assert "***" in text
    assert not [secret for secret in secrets.values() if secret in text]


def test_a_sketch_leaves_the_adapter_as_it_was(tmp_path):
    class Made(Adapter):
        name = "made"
        auth = Cookies()
        staff = Login("/login", "U", "P")
        pools = {"coupons": ("code",)}

        def adopt(self, found):
            super().adopt(found)
            self.known = {}

        def browse(self, errand):
            self.known["x"] = self.pool["coupons"].consume()["code"]
            errand.get("page", "/page", as_="staff")

    (tmp_path / "coupons.csv").write_text("code\nC1\n")
    environment = {"U": "u", "P": "p", "RETAIL_LAB_POOL_COUPONS": str(tmp_path / "coupons.csv")}
    made = adapter(Made, environment)
    assert list(steps(made, "browse").names) == ["token", "page"]
    assert (made.known, made.staff._token, made.clients) == ({}, "", {})
    assert made.pool["coupons"].consume()["code"] == "C1"
