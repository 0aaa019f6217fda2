"""A check as a record: its decision, its last line, and that no figure of it is missing where no request was sent."""

from __future__ import annotations

import math

import pytest

from loadtests.adapters.base import Adapter, CatalogueCodes
from loadtests.checks.conformance import Access, Checkup, Line
from loadtests.checks.report import report
from loadtests.checks.session import Request, Trial
from loadtests.http import tls
from loadtests.http.options import Wire
from loadtests.shop.serve import serve
from sim.cli.app import status
from sim.records.conformance import Checkup as Record

from ..conftest import write_catalogue


class Nothing(Adapter):
    name = "nothing"


@pytest.mark.parametrize(
    ("states", "access", "decision"),
    [
        (["works"], "refused", "pass"),
        (["works", "not covered"], "refused", "pass"),
        (["works"], "not tried", "inconclusive"),
        (["works", "refused"], "refused", "inconclusive"),
        (["works"], "shown", "fail"),
        (["works", "failed"], "not tried", "fail"),
    ],
)
def test_a_check_passes_only_where_everything_was_tried_and_holds(plain, states, access, decision):
    """A journey that a rule of the business refused was not seen to work."""
    requests = [Request("order", "rejected", 409, "out_of_stock", 0.01)]
    lines = [Line(f"j{n}", state, requests) for n, state in enumerate(states)]
    looked = Checkup(tls.Transport("", 0.0, "answered"), lines, [Access("nobody", access, "401")], [], "", True)
    with Trial(Nothing, plain.url, Wire(), {}, "check", CatalogueCodes(["A"])) as trial:
        record = report(trial, looked)
    assert record.decision == decision
    assert ("not tried: " in record.sentence) == bool(record.untried)


@pytest.mark.parametrize(("excused", "ends"), [([], 2), (["--inconclusive-ok"], 0)])
def test_the_command_ends_with_status_2_where_something_was_not_tried(tmp_path, monkeypatch, capsys, excused, ends):
    write_catalogue(tmp_path / "catalogue.parquet")
    with serve(tmp_path / "catalogue.parquet") as shop:
        monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)
        command = ["adapter", "check", "shop", "--host", shop.url, "--json", str(tmp_path / "check.json"), "--quiet"]
        assert status([*command, *excused]) == ends
    (finding,) = capsys.readouterr().out.splitlines()
    assert finding.startswith("0 findings, 2 not tried: an order read by another shopper, an order read by one who")
    assert Record.read(tmp_path / "check.json").sentence == finding


def test_a_call_that_was_never_sent_took_no_time(plain, tmp_path):
    never = [Request("adapter", "failed", 0, "KeyError: 'id'", math.nan)]
    looked = Checkup(tls.Transport("", 0.0, "answered"), [Line("browse", "failed", never)], [], [], "", True)
    with Trial(Nothing, plain.url, Wire(), {}, "check", CatalogueCodes(["A"])) as trial:
        report(trial, looked).write(tmp_path / "check.json")
    assert Record.read(tmp_path / "check.json").journeys[0].service_s == 0.0
