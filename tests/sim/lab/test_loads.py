"""A load test from Python: sent by processes of its own, judged, drawn, and felt by the chain again."""

import os
import sys

import pytest

import sim as lab
from sim.lab.columns import SAMPLES

from ..report.exports.conftest import capacity

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


def test_a_search_for_capacity_has_a_row_a_stage_and_the_page_of_the_command(tmp_path):
    found = lab.CapacityFound(capacity())
    assert str(found) == "It carries 4 stores. More follows."
    assert found.table["stores"].tolist() == [2.0, 4.0]
    assert found.table["requests_per_s"].tolist() == [8.0, 16.0]
    assert found.picture._repr_png_().startswith(b"\x89PNG")
    assert found.page(tmp_path / "page.html", lang="zh").read_text(encoding="utf-8").count("<svg") == 1
    with pytest.raises(lab.Refusal, match="a search with a stage"):
        _ = lab.CapacityFound(capacity().model_copy(update={"stages": [], "scaling": None})).picture


def test_a_search_for_capacity_asks_for_loopback_and_a_trace(shop, tmp_path):
    with pytest.raises(lab.Refusal, match=r"shop\.example"):
        lab.capacity(shop, "http://shop.example", out=tmp_path / "away")
    assert not (tmp_path / "away").exists()
    with pytest.raises(lab.Refusal, match="trace"):
        lab.capacity(lab.run("corner-shop", {"trace": None}, out=tmp_path), "http://127.0.0.1:9", out=tmp_path / "none")
    with pytest.raises(lab.Refusal, match="p95"):
        lab.capacity(shop, "http://127.0.0.1:9", targets=["p95=fast"], out=tmp_path / "target")
