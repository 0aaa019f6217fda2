"""`retail-lab verdict A --against B`: files, statuses, and one line for what cannot be compared."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from sim.cli import app
from sim.records.samples import read_samples, write_samples
from sim.records.verdict import Comparison, Verdict

from ...report.conftest import load_folder
from ...report.languages import messages
from ...report.languages.test_pages_in_chinese import ALLOWED, english_of


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folders of a release, of a candidate whose checkouts take 100 ms longer, and of the release once more."""
    home = tmp_path_factory.mktemp("runs")
    for name in ("release", "candidate", "again"):
        (home / name).mkdir()
        load_folder(home / name)
    samples = read_samples(home / "candidate" / "samples.parquet")
    later = samples["t_end"].to_numpy() + 0.1 * (np.array(samples["journey"].to_pylist()) == "checkout")
    place = samples.schema.get_field_index("t_end")
    write_samples(home / "candidate" / "samples.parquet", samples.set_column(place, "t_end", [later]))
    return home


def ask(*words):
    return app.status(["verdict", *map(str, words)])


def test_a_slower_candidate_fails_in_every_form(runs, tmp_path, capsys):
    outs = {kind: tmp_path / f"found.{kind}" for kind in ("json", "junit", "html", "xlsx", "csv")}
    flags = [word for kind, path in outs.items() for word in (f"--{kind}", str(path))]
    before = (runs / "candidate" / "verdict.json").read_bytes()
    words = (runs / "candidate", "--against", runs / "release", "--margin", "checkout:mean=20ms", *flags)
    assert ask(*words, "--png", tmp_path / "slides") == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("FAIL: A (load-1) is worse than B (load-1) by more than the margins allow. ")
    assert any("checkout" in line and "+100 ms" in line and "[fail]" in line for line in said)
    found = Comparison.read(outs["json"])
    assert (found.decision, found.pairs) == ("fail", 3_600)
    suite = ElementTree.parse(outs["junit"]).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("4", "3")
    page = outs["html"].read_text()
    assert page.index("Fail: A (load-1)") < page.index("<svg")
    rows = CalamineWorkbook.from_path(outs["xlsx"]).get_sheet_by_name("differences").to_python()
    assert len(rows) == 1 + 3 * 6
    assert (tmp_path / "slides" / "differences.png").is_file()
    assert (runs / "candidate" / "verdict.json").read_bytes() == before


def test_the_same_system_twice_passes_quietly(runs, capsys):
    assert ask(runs / "again", "--against", runs / "release", "--quiet", "--margin", "availability=0.2%") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("PASS: ")
    assert "lower by at most 0.083 percentage points (margin 0.2 percentage points)" in line


def test_a_verdict_alone_stays_as_it_was(runs, tmp_path):
    assert ask(runs / "release", "--json", tmp_path / "verdict.json", "--quiet") in (0, 2)
    assert Verdict.read(tmp_path / "verdict.json").run_id == "load-1"


@pytest.fixture
def vendor(tmp_path):
    """Writes a JTL of a vendor: 2,000 requests of each journey, with a time in ms and every n-th failed."""

    def write(name, elapsed_ms, failing_every=0, labels=("browse", "checkout")):
        rng, lines = np.random.default_rng(len(name)), ["timeStamp,elapsed,label,responseCode,success"]
        for i, noise in enumerate(rng.lognormal(0, 0.3, 4_000)):
            bad = failing_every and i % failing_every == 0
            end = f"{500 if bad else 200},{'false' if bad else 'true'}"
            lines.append(f"{1_700_000_000_000 + 20 * i},{elapsed_ms * noise:.0f},{labels[i % 2]},{end}")
        (tmp_path / name).write_text("\n".join(lines))
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("elapsed_ms", "failing_every", "status", "said"),
    [
        (300, 0, 1, "slower by at least"),
        (120, 100, 1, "lower by at least 0.7"),
        (120, 0, 2, "A pass it is not: A carries no intended starts, so its stalls are under-counted."),
    ],
)
def test_vendor_against_vendor_from_two_jtls(vendor, capsys, elapsed_ms, failing_every, status, said):
    a, b = vendor("vendor-a.jtl", elapsed_ms, failing_every), vendor("vendor-b.jtl", 120)
    assert ask(a, "--against", b, "--timeout", "5") == status
    out = capsys.readouterr().out
    assert said in out.splitlines()[-1]
    assert "Not paired: A carries no intended starts" in out


def test_a_vendor_s_file_is_compared_with_a_replay(vendor, runs, capsys):
    assert ask(vendor("vendor.jtl", 80), "--against", runs / "release", "--inconclusive-ok") in (0, 1)
    assert "Not paired: A carries no intended starts" in capsys.readouterr().out


def test_vendors_that_name_their_requests_differently_are_not_compared(vendor, capsys):
    assert ask(vendor("a.jtl", 90), "--against", vendor("b.jtl", 90, labels=("home", "pay"))) == 3
    assert "A and B have no journey in common" in capsys.readouterr().out.splitlines()[-1]


def test_a_run_that_is_invalid_makes_the_comparison_invalid(runs, tmp_path, capsys):
    folder = load_folder(tmp_path)
    record = json.loads((folder / "loadrun.json").read_text())
    record["accounts"]["sent"] -= 1
    (folder / "loadrun.json").write_text(json.dumps(record))
    assert ask(runs / "again", "--against", folder, "--junit", tmp_path / "found.xml") == 3
    assert "B: the accounts do not close" in capsys.readouterr().out.splitlines()[-1]
    assert ElementTree.parse(tmp_path / "found.xml").getroot().get("errors") == "3"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--margin", "mean=1s"], "--margin: expected --against with the run to compare with, found 'mean=1s'"),
        (
            ["--against", "{home}/release", "--target", "mean=1s"],
            "--target: expected --margin, because --against compares two runs, found 'mean=1s'",
        ),
        (["--against", "{home}/release", "--margin", "mean=slow"], "--margin: expected availability=0.1%"),
        (["--against", "{home}/release", "--margin", "pay:mean=1s"], "expected a journey ("),
        (["--against", "{home}/nothing"], "/nothing: expected a file of results, found no such file or directory"),
        (["--against", "{home}"], "samples.parquet"),
        (["--against", "{home}/candidate"], "--against: expected another load test than A, found"),
        (["--against", "{home}/release", "--html", "{home}/candidate"], "expected a file, found 'a folder'"),
    ],
)
def test_what_cannot_be_compared_is_one_line(runs, capsys, words, complaint):
    assert ask(runs / "candidate", *(word.format(home=runs) for word in words)) == 64
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith("retail-lab: ")
    assert complaint in captured.err
    assert captured.out == ""


def test_a_comparison_is_chinese_on_request(runs, vendor, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert ask(runs / "candidate", "--against", runs / "release", "--lang", "zh", "--html", page) == 1
    b = vendor("b.jtl", 90, 150, labels=("browse", "stock_check"))
    assert ask(vendor("a.jtl", 90), "--against", b, "--lang", "zh") == 2
    printed = ALLOWED.sub("", "".join(capsys.readouterr())).replace(str(tmp_path), "").replace("intended_starts", "")
    assert set(messages.WORDS.findall(printed)) == set()
    assert english_of(page) == []
