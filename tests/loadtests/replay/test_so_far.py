"""How a run stands while it runs: plain counts against its targets."""

import pytest

from loadtests.replay.interim import so_far
from sim.evidence.verdict.targets import parse


@pytest.mark.parametrize(
    ("targets", "outcomes", "mean_s", "p95_s", "expected"),
    [
        ([], {}, 0.0, 0.0, ""),
        ([], {"throttled": 5}, 0.0, 0.0, ""),
        (
            [],
            {"ok": 999, "failed": 1},
            0.1,
            0.2,
            "so far availability 99.9 % (target 99.9 %), mean 100 ms (target 2 s)",
        ),
        (
            [],
            {"ok": 998, "partial": 1, "failed": 1, "rejected": 50},
            0.1,
            0.2,
            "so far availability 99.9 % (target 99.9 %), mean 100 ms (target 2 s)",
        ),
        (
            [],
            {"ok": 998, "dropped": 2},
            0.1,
            0.2,
            "so far availability 99.8 % (target 99.9 %), mean 100 ms (target 2 s)",
        ),
        ([], {"ok": 900, "failed": 100}, 2.1, 0.2, "so far availability 90 % (target 99.9 %), mean 2.1 s (target 2 s)"),
        (
            ["p95=1s"],
            {"ok": 1000},
            0.1,
            1.2,
            "so far availability 100 % (target 99.9 %), mean 100 ms (target 2 s), p95 1.2 s (target 1 s)",
        ),
        (
            ["checkout:p95=1s", "journeys=99%"],
            {"failed": 9},
            0.0,
            0.0,
            "so far availability 0 % (target 99.9 %), mean without an answer (target 2 s)",
        ),
    ],
)
def test_counts_are_held_against_the_targets_of_all_requests(targets, outcomes, mean_s, p95_s, expected):
    assert so_far(parse(targets), outcomes, lambda percentile: {95.0: p95_s}[percentile], mean_s) == expected
