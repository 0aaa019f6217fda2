"""Runs that end as soon as they are decided."""

from pathlib import Path

import pytest

from loadtests.planning.plan import Plan
from loadtests.replay.launcher import replay
from sim.evidence.verdict.interim_looks import look
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import DEFAULT
from sim.records.samples import read_samples


@pytest.fixture
def watched(plain, plain_adapter, make_trace, tmp_path):
    """Half a minute against the plain server, to be looked at five times; the run and the lines it printed."""

    def run(rate=40.0, **settings):
        plan = Plan(
            trace=str(make_trace(rate, 32.0)),
            host=plain.url,
            adapter=str(plain_adapter),
            out=str(tmp_path / "run"),
            timeout_s=0.5,
            until_decided=True,
            incident_s=0.05,
            **settings,
        )
        lines = []
        return replay(plan, 1, lines.append), read_samples(Path(plan.out) / "samples.parquet"), lines

    return run


def test_a_run_that_is_decided_ends_at_a_declared_look(plain, watched):
    plain.statuses["/orders"] = 500
    run, samples, lines = watched(error_ratio=0.9)
    assert run.looks.at_s == pytest.approx([run.looks.at_s[-1] / 2**k for k in (4, 3, 2, 1, 0)])
    number = next(
        n for n, at_s in enumerate(run.looks.at_s, 1) if f"look {n} of 5, at {at_s:.0f} s: fail" in run.stopped
    )
    assert run.stopped.startswith("decided by")
    assert any("look 1 of 5" in line for line in lines)
    assert run.accounts.close
    assert run.accounts.not_reached > 0
    assert look(samples, run, DEFAULT, run.looks.at_s[number - 1]) == "fail"
    assert any(reason.startswith(f"Judged at look {number} of 5 declared") for reason in judge(samples, run).reasons)
