"""Margins as they are written."""

import pytest

from sim.evidence.difference.margins import DEFAULT, Margin, parse
from sim.records.refusal import Refusal

NAMES = ("browse", "checkout")


def test_two_margins_bind_unless_told_otherwise():
    assert parse([], NAMES) == DEFAULT == (Margin("availability", 0.001), Margin("mean", 0.1, of_b=True, least=0.01))


@pytest.mark.parametrize(("b_s", "margin_s"), [(0.2, 0.02), (0.003, 0.01)])
def test_the_mean_s_margin_is_a_tenth_of_b_s_and_at_least_10_ms(b_s, margin_s):
    assert DEFAULT[1].of(b_s) == pytest.approx(margin_s)


def test_a_margin_takes_a_default_s_place_or_is_added():
    found = parse(["mean=50ms", "checkout:p95=10%", "journeys=0.5%"], NAMES)
    assert found[1:] == (
        Margin("mean", 0.05),
        Margin("p95", 0.1, of_b=True, scope="checkout"),
        Margin("journeys", 0.005),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mean", "expected availability=0.1%, journeys=0.5%, mean=50ms, mean=10% (of B's) or checkout:p95=100ms"),
        ("availability=10ms", "expected percentage points, as in 0.1%"),
        ("availability=0%", "more than 0 and below 100%"),
        ("availability=100%", "more than 0 and below 100%"),
        ("mean=0s", "more than 0 and at most 86400s"),
        ("mean=-5ms", "expected availability"),
        ("mean=2000%", "at most 1000% of B's"),
        ("p0=5ms", "a percentile above p0"),
        ("chekout:mean=5ms", "expected a journey (browse and checkout), found 'chekout'"),
        ("mean=1e9999s", "expected availability"),
        ("mean=99999999999s", "at most 86400s"),
    ],
)
def test_what_is_no_margin_is_refused_in_one_line(text, complaint):
    with pytest.raises(Refusal) as refused:
        parse([text], NAMES)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_journeys_cannot_be_a_margin_of_files_that_hold_requests_alone():
    with pytest.raises(Refusal, match="holds requests and no journeys"):
        parse(["journeys=1%"], NAMES, requests_only=True)
