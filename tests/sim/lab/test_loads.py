"""A load test from Python: sent by processes of its own, judged, drawn, and felt by the chain again."""

import os
import sys

import pytest

import sim as lab
from sim.lab.columns import SAMPLES

TOKEN = "RETAIL_LAB_SHOP_TOKEN"


@pytest.fixture(scope="module")
def test(shop, out):
    before = set(sys.modules)
    with lab.shop(shop) as api:
        assert os.environ[TOKEN]
        sent = lab.replay(shop, api.url, time_scale=600.0, out=out / "load")
    assert {"locust", "gevent"} & (set(sys.modules) - before) == set()
    return sent


def test_a_load_test_is_sent_by_another_process_and_judged(test):
    assert test.verdict.decision in ("pass", "inconclusive", "invalid")
    assert str(test) == test.verdict.sentence
    assert test.samples.columns.tolist() == list(SAMPLES)
    assert len(test.samples) > 100


def test_the_shops_token_leaves_the_environment_with_the_shop(shop, monkeypatch):
    monkeypatch.setenv(TOKEN, "mine")
    with lab.shop(shop.folder) as api:
        assert api.url.startswith("http://127.0.0.1:")
        assert os.environ[TOKEN] != "mine"
    assert os.environ[TOKEN] == "mine"


def test_a_verdict_is_judged_again_with_other_targets(test):
    found = lab.verdict(test, ["p95=1ms"])
    assert {"p95"} <= {finding.quantity for finding in found.findings}
    assert lab.open(test.folder).verdict == found
    lab.verdict(test.folder)


def test_findings_and_figures_of_a_load_test(test):
    assert {"quantity", "estimate", "low", "high", "decision"} <= set(test.findings.columns)
    for draw in (test.plot.verdict, test.plot.responses, test.plot.timeline, test.plot.service):
        picture = draw()
        assert picture.title
        assert picture._repr_png_().startswith(b"\x89PNG")


def test_the_chain_feels_what_was_measured(test, shop, out):
    measured = {"name": "measured", "system.service": {"profile": lab.profile(test)}}
    after = lab.run("corner-shop", measured, out=out)
    found = lab.compare(shop, after)
    assert found.loc["system_time_s", "difference"] < 0
    assert found["same_traffic"].all()
    assert lab.page([shop, test, after], out / "page.html").stat().st_size > 100_000


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"speed": 2}, "settings: speed: expected one of adapter, "),
        ({"time_scale": -1.0}, "--time-scale: expected a number from"),
        ({"targets": ["p95"]}, "expected"),
        ({"host": "https://shop.example"}, "shop.example"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(shop, tmp_path, settings, expected):
    with pytest.raises(lab.Refusal, match=expected):
        lab.replay(shop, **({"host": "http://127.0.0.1:9", "out": tmp_path / "load"} | settings))
    assert not (tmp_path / "load" / "samples.parquet").exists()


def test_a_fault_that_cannot_be_is_refused(shop):
    with pytest.raises(lab.Refusal, match="error-rate"), lab.shop(shop, error_rate=2.0):
        pass
