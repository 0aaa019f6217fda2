"""Verdicts as a pipeline reads them."""

from xml.etree import ElementTree

import numpy as np
import pytest

from sim.evidence.verdict.judge import judge
from sim.records.load_run import Accounts
from sim.report.junit import write_junit

from ..evidence.conftest import run_of, samples_of

N = 6000


@pytest.fixture
def suite(tmp_path):
    """The test suite of a run in which every n-th request failed."""

    def write(rows=N, every=0, **changes):
        outcome = np.full(rows, "ok", dtype=object)
        if every:
            outcome[::every] = "failed"
        samples = samples_of(np.arange(rows) * 0.02, np.full(rows, 0.1), outcome)
        write_junit(judge(samples, run_of(samples, **changes)), tmp_path / "junit.xml")
        return ElementTree.parse(tmp_path / "junit.xml").getroot()

    return write


def kinds(suite):
    return {case.get("name"): [child.get("type") for child in case] for case in suite.iter("testcase")}


def test_a_pass_is_all_green(suite):
    found = suite()
    assert (found.get("tests"), found.get("failures"), found.get("errors")) == ("3", "0", "0")
    assert kinds(found) == {"verdict": [], "availability": [], "mean": []}
    assert "99.9 % allows 43.2 min" in found.findtext("system-out")


def test_a_missed_target_is_a_failure_that_says_why(suite):
    found = suite(every=50)
    assert kinds(found) == {"verdict": ["fail"], "availability": ["fail"], "mean": []}
    assert "availability was 98 % (120 of 6,000 failed), at most" in found.find(
        "testcase[@name='availability']/failure"
    ).get("message")


def test_an_inconclusive_run_is_not_green(suite):
    found = suite(rows=500)
    assert kinds(found)["verdict"] == ["inconclusive"]
    assert found.get("failures") == "2"


def test_an_invalid_run_is_an_error_in_every_case(suite):
    found = suite(accounts=Accounts(scheduled=9, sent=1, dropped=0, lost=0, not_reached=0))
    assert set(map(tuple, kinds(found).values())) == {("invalid",)}
    assert (found.get("failures"), found.get("errors")) == ("0", "3")
