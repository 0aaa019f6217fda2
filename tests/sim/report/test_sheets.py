"""Pages and suites of races and checks: what they show, and that nothing but a clean result is green."""

from xml.etree import ElementTree

import pytest

from sim.records.conformance import AccessAttempt, Call, Checkup, JourneyCheck, Reached
from sim.records.oversell import Ending, Race, Raced
from sim.report.pages.conformance import write_check, write_check_junit
from sim.report.pages.oversell import write_race, write_race_junit


def race(decision="pass", promised=4, **changes):
    endings = [
        Ending(
            outcome="rejected", step="order", error="out_of_stock", clients=46, decided=True, body='{"code": "<none>"}'
        ),
        Ending(outcome="accepted", clients=4, decided=True),
    ]
    skus = [
        Raced(sku_code="A", available_before=4, available_after=0, promised=promised, asked=50, in_doubt=0),
        Raced(sku_code="B", available_before=9, available_after=5, promised=4, asked=50, in_doubt=0),
    ]
    return Race(
        run_id="r", started_at="2026-10-01T00:00:00", host="http://shop", adapter="shop", clients=50, units=1, decides="order",
        length_s=0.4, skus=skus, endings=endings, orders=["7"], orders_fate="listed", decision=decision, sentence="Finding.",
        reasons=["Because."], **changes,
    )  # fmt: skip


def check(*states, access="refused", **changes):
    calls = [Call(step="order", outcome="failed", status=500, error="500", service_s=0.01, body="<b>no tax zone</b>")]
    journeys = [
        JourneyCheck(journey=f"j{n}", state=state, calls=[] if state in ("not covered", "unmet") else calls)
        for n, state in enumerate(states)
    ]
    said = {"findings": [], "untried": [], "decision": "pass", "sentence": "0 findings", **changes}
    return Checkup(
        run_id="r", started_at="2026-10-01T00:00:00", host="http://shop", adapter="shop",
        reached=Reached(tls="", days=0, in_clear="answered", error=""), journeys=journeys,
        access=[AccessAttempt(reader="nobody", state=access, because="401")], made=["order 7"], made_fate="listed", **said,
    )  # fmt: skip


@pytest.fixture
def suite(tmp_path):
    def written(write, record, **how):
        write(record, tmp_path / "suite.xml", **how)
        return ElementTree.parse(tmp_path / "suite.xml").getroot()

    return written


def kinds(suite):
    return {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}


def test_a_race_is_a_case_and_so_is_each_sku_that_was_put_to_the_test(suite):
    assert kinds(suite(write_race_junit, race())) == {"oversell": [], "A": [], "B": ["skipped"]}
    oversold = kinds(suite(write_race_junit, race("fail", promised=9)))
    assert oversold == {"oversell": ["failure"], "A": ["failure"], "B": ["skipped"]}


def test_what_was_not_shown_is_red_unless_that_was_excused(suite):
    assert kinds(suite(write_race_junit, race("inconclusive")))["oversell"] == ["failure"]
    assert set(map(tuple, kinds(suite(write_race_junit, race("invalid"), inconclusive_ok=True)).values())) == {
        ("error",)
    }
    excused = suite(write_race_junit, race("inconclusive"), inconclusive_ok=True)
    assert set(map(tuple, kinds(excused).values())) == {("skipped",)}
    assert (excused.get("failures"), excused.get("skipped")) == ("0", "3")


def test_the_page_of_a_race_shows_skus_endings_and_what_the_platform_gave_as_its_reason(tmp_path):
    write_race(race(stopped="stopped by hand"), tmp_path / "race.html")
    page = (tmp_path / "race.html").read_text()
    for shown in (
        "Finding.",
        "Because.",
        "refused at order (out_of_stock)",
        "stopped by hand",
        "{&#34;code&#34;: &#34;&lt;none&gt;&#34;}",
    ):
        assert shown in page


def test_journeys_attempts_and_the_check_itself_are_cases(suite):
    found = check("works", "failed", "unmet", "refused", "not covered", access="not tried", decision="fail")
    assert kinds(suite(write_check_junit, found)) == {
        "j0": [],
        "j1": ["failure"],
        "j2": ["failure"],
        "j3": ["failure"],
        "j4": ["skipped"],
        "order read by nobody": ["failure"],
        "check": ["failure"],
    }
    message = suite(write_check_junit, found).find("testcase[@name='j1']/failure").get("message")
    assert message == "order failed (500): <b>no tax zone</b>"


def test_an_order_that_was_shown_is_a_failure_and_one_that_was_refused_is_none(suite):
    assert kinds(suite(write_check_junit, check("works")))["order read by nobody"] == []
    assert kinds(suite(write_check_junit, check("works", access="shown")))["order read by nobody"] == ["failure"]


def test_the_page_of_a_check_shows_bodies_as_text(tmp_path):
    write_check(
        check("works", "failed", findings=["j1 failed"], untried=["an order read by nobody"], decision="fail"),
        tmp_path / "check.html",
    )
    page = (tmp_path / "check.html").read_text()
    assert "&lt;b&gt;no tax zone&lt;/b&gt;" in page
    assert "Not tried: an order read by nobody." in page
    assert page.count("<svg") == 1
    write_check(check("not covered"), tmp_path / "empty.html")
    assert "<svg" not in (tmp_path / "empty.html").read_text()
