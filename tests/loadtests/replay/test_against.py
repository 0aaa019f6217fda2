"""The same trace replayed against a demo shop, and again once it delays every request: the comparison pairs the two and finds the delay.

How well its size is covered is simulated (tests/sim/evidence/difference): two real replays differ by more than their intervals hold, since a
busy machine or a cold start slows one of them.
"""

from pathlib import Path

from loadtests.planning.plan import Plan
from loadtests.replay.launcher import replay
from loadtests.shop.serve import serve
from sim.cli import app
from sim.records.verdict import Comparison

from .test_profile import change

DELAY_S = 0.3


def test_a_delay_injected_into_the_candidate_is_found(make_trace, tmp_path, monkeypatch, capsys):
    trace = make_trace(30.0, 6.0)
    with serve(tmp_path / "catalogue.parquet") as shop:
        monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)
        for name, latency_s in (("release", 0.0), ("candidate", DELAY_S)):
            change(shop, latency_s=latency_s)
            replay(Plan(trace=str(trace), host=shop.url, out=str(tmp_path / name), timeout_s=5.0), 1)
    capsys.readouterr()
    flags = ["--json", str(tmp_path / "found.json"), "--html", str(tmp_path / "found.html")]
    status = app.status(["verdict", str(tmp_path / "candidate"), "--against", str(tmp_path / "release"), *flags])
    found = Comparison.read(tmp_path / "found.json")
    print(capsys.readouterr().out)
    mean = next(each for each in found.differences if (each.quantity, each.scope) == ("mean", "all requests"))
    assert found.pairs >= 150
    assert mean.low > 0.5 * DELAY_S
    late = status == 3 and all("the load generator" in each for each in found.reasons if each.startswith(("A:", "B:")))
    assert status == 1 or late, "a busy machine may make a run invalid"
    assert "slower by at least" in Path(tmp_path / "found.html").read_text()
