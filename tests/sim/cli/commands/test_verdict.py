"""`retail-lab verdict` on what a vendor handed over: the files that people and pipelines take, and a status."""

from xml.etree import ElementTree

import pytest

from sim.cli import app
from sim.records.verdict import Verdict


@pytest.fixture
def jtl(tmp_path):
    def write(failed=0, rows=4000):
        lines = ["timeStamp,elapsed,label,responseCode,success"]
        for i in range(rows):
            bad = i % (rows // failed) == 0 if failed else False
            lines.append(
                f"{1_700_000_000_000 + 20 * i},120,checkout,{500 if bad else 200},{'false' if bad else 'true'}"
            )
        (tmp_path / "vendor.jtl").write_text("\n".join(lines))
        return tmp_path / "vendor.jtl"

    return write


@pytest.mark.parametrize(("failed", "status", "decision"), [(0, 2, "inconclusive"), (100, 1, "fail")])
def test_a_vendors_file_ends_in_a_status_and_three_files(jtl, tmp_path, capsys, failed, status, decision):
    outs = {kind: tmp_path / f"verdict.{kind}" for kind in ("json", "junit", "html")}
    flags = [word for kind, path in outs.items() for word in (f"--{kind}", str(path))]
    assert app.status(["verdict", str(jtl(failed)), "--target", "checkout:p95=2s", *flags]) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(decision.upper())
    verdict = Verdict.read(outs["json"])
    assert verdict.decision == decision
    assert ElementTree.parse(outs["junit"]).getroot().get("tests") == "4"
    assert "under-counted" in outs["html"].read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "vendor.jtl",
        "verdict.html",
        "verdict.json",
        "verdict.junit",
    ]


def test_an_unknown_scope_and_a_missing_run_are_refused(jtl, tmp_path, capsys):
    assert app.status(["verdict", str(jtl()), "--target", "payments:p95=2s"]) == 64
    assert "a journey (checkout)" in capsys.readouterr().err
    assert app.status(["verdict", str(tmp_path / "nothing")]) == 64
