"""Targets as people write them."""

import pytest

from sim.evidence.verdict.targets import ALL, DEFAULT, Target, parse
from sim.records.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("availability=99.95%", Target("availability", 0.9995)),
        ("mean=800ms", Target("mean", 0.8)),
        ("p95=2s", Target("p95", 2.0)),
        ("p99.9=2.5s", Target("p99.9", 2.5)),
        ("checkout:p99=1500ms", Target("p99", 1.5, "checkout")),
    ],
)
def test_a_target_is_read_as_written(text, target):
    found = (
        parse([text])[-1]
        if target.quantity.startswith("p")
        else next(t for t in parse([text]) if t.quantity == target.quantity)
    )
    assert (found.quantity, found.scope) == (target.quantity, target.scope)
    assert found.limit == pytest.approx(target.limit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p95",
        "p95=2",
        "p95=fast",
        "p95=-2s",
        "p95=0s",
        "p0=2s",
        "p100=2s",
        "median=2s",
        "availability=2s",
        "availability=100%",
        "availability=0%",
        "availability=0.999",
        "mean=99.9%",
        "payments:p95=2s",
        "p95=2s and more",
    ],
)
def test_nonsense_is_refused_by_name(text):
    with pytest.raises(Refusal, match="--target"):
        parse([text])


def test_named_targets_join_the_defaults():
    assert parse([]) == DEFAULT
    assert [(t.quantity, t.scope) for t in parse(["p95=2s"])] == [("availability", ALL), ("mean", ALL), ("p95", ALL)]


def test_a_named_target_takes_the_place_of_a_default():
    assert [t.limit for t in parse(["mean=1s"]) if t.quantity == "mean"] == [1.0]


def test_what_a_target_allows_carries_no_dust():
    assert Target("availability", 99.9 / 100).bad_share == 0.001
    assert Target("p99.9", 2.0).bad_share == 0.001
