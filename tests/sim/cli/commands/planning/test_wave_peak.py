"""`retail-lab replay --plan PLAN --wave W` replays the busiest stretch of the stores that are live after the wave."""

import re
from datetime import date

import pytest
import yaml

from sim.cli import app
from sim.planning.gates.gate import gate
from sim.records.decisions.peak import WavePeak
from sim.records.trace import read_trace

HOST = "http://127.0.0.1:9"
SCENARIO = {
    "extends": "pilot",
    "start": "2026-09-11",
    "days": 2,
    "warmup_days": 0,
    "trace": {"first": "2026-09-12T17:00", "last": "2026-09-12T18:00"},
}
WAVES = [
    {"name": "first", "stores": ["SH01"], "go_live": "2026-12-01"},
    {"name": "second", "region": "EAST", "go_live": "2027-01-01"},
    {"name": "third", "stores": 4, "go_live": "2027-02-01"},
]


@pytest.fixture
def plan(tmp_path):
    """Writes a plan beside its scenario and returns its path."""

    def write(**changes):
        (tmp_path / "two.yaml").write_text(yaml.safe_dump(SCENARIO | changes.pop("scenario_says", {})))
        asked = {"name": "rollout", "host": HOST, "scenario": "two.yaml", "waves": WAVES, **changes}
        (tmp_path / "plan.yaml").write_text(yaml.safe_dump(asked))
        return tmp_path / "plan.yaml"

    return write


@pytest.fixture
def replayed(tmp_path, capsys, monkeypatch):
    """Builds a wave's peak without sending it: the exit status, the record where there is one, and what was printed."""
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", "secret")

    def ask(*words):
        code = app.status(
            ["replay", *map(str, words), "--host", HOST, "--dry-run", "--out", str(tmp_path / "runs" / "replay")]
        )
        wave = words[words.index("--wave") + 1] if "--wave" in words else ""
        file = tmp_path / "runs" / f"peak-plan-{wave}" / "peak.json"
        return code, WavePeak.read(file) if file.is_file() else None, capsys.readouterr()

    return ask


def test_the_peak_is_of_the_stores_that_are_live_after_the_wave(plan, replayed, tmp_path):
    file = plan()
    peaks = {}
    for wave in ("first", "second", "third"):
        code, peaks[wave], said = replayed("--plan", file, "--wave", wave)
        assert code == 0, said.err
        assert re.search(rf"peak of {wave}: \d stores?, [\d,]+ orders an hour", said.out)
    assert [(peak.stores, peak.codes, peak.time_scale) for peak in peaks.values()] == [
        (1, ["SH01"], 1.0), (2, ["SH01", "SU02"], 1.0), (6, [], 3.0),
    ]  # fmt: skip
    assert 0 < peaks["first"].orders_per_hour < peaks["second"].orders_per_hour
    assert peaks["third"].orders_per_hour == pytest.approx(3 * peaks["second"].orders_per_hour)
    header, trace = read_trace(tmp_path / "runs" / "peak-plan-first" / "trace.parquet")
    assert set(trace["location"].to_pylist()) <= {0, 1}
    assert header.orders_per_hour == peaks["first"].orders_per_hour


def test_the_gate_knows_the_peak_that_was_built(plan, replayed, tmp_path):
    file = plan()
    _, peak, _ = replayed("--plan", file, "--wave", "second")
    judged = gate(file, "second", tmp_path / "runs", date(2026, 12, 1))
    assert judged.peak_orders_per_hour == peak.orders_per_hour
    assert gate(file, "first", tmp_path / "runs", date(2026, 12, 1)).peak_orders_per_hour is None
    plan(scenario_says={"online": {"orders_per_day": 90}})
    assert gate(file, "second", tmp_path / "runs", date(2026, 12, 1)).peak_orders_per_hour is None


@pytest.mark.parametrize(
    ("words", "changes", "line"),
    [
        ([], {}, "--plan: expected either a trace, or --plan with --wave"),
        (["trace.parquet", "--plan", "PLAN", "--wave", "first"], {}, "--plan: expected either a trace, or --plan with --wave"),
        (["trace.parquet", "--wave", "first"], {}, "--plan: expected either a trace, or --plan with --wave"),
        (["--plan", "PLAN"], {}, "--plan: expected either a trace, or --plan with --wave"),
        (["--plan", "PLAN", "--wave", "../first"], {}, "--wave: expected one of first, second, third"),
        (["--plan", "PLAN", "--wave", "third"], {"scenario": None, "waves": WAVES[2:]}, "scenario: expected a scenario, whose peak the wave's is"),
        (["--plan", "PLAN", "--wave", "first"], {"scenario_says": {"trace": None}}, "trace: expected a trace window that holds the peak"),
    ],
)  # fmt: skip
def test_a_peak_that_cannot_be_built_is_refused_before_anything_is_played(
    plan, replayed, tmp_path, words, changes, line
):
    file = plan(**changes)
    code, _, said = replayed(*[str(file) if word == "PLAN" else word for word in words])
    assert code == 64
    assert line in said.err
    assert not (tmp_path / "runs").exists()
