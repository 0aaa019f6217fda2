"""Numbers as a person says them."""

import pytest

from sim.evidence.wording import count, listed, percent, seconds


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.999, "99.9 %"),
        (0.99896, "99.896 %"),
        (0.9995008, "99.95 %"),
        (0.999997, "99.9997 %"),
        (0.0012, "0.12 %"),
        (0.25, "25 %"),
        (-0.05, "-5 %"),
    ],
)
def test_a_share_has_the_digits_it_needs(share, said):
    assert percent(share) == said


def test_a_share_just_short_of_its_target_never_reads_like_it():
    assert percent(0.99896) != percent(0.999)


@pytest.mark.parametrize(
    ("time_s", "said"),
    [
        (0, "0 ms"),
        (0.0123, "12.3 ms"),
        (1.384, "1.38 s"),
        (90, "90 s"),
        (2592, "43.2 min"),
        (90_000, "25 h"),
        (864_000, "10 days"),
    ],
)
def test_a_time_has_the_unit_that_suits_it(time_s, said):
    assert seconds(time_s) == said


def test_one_is_singular():
    assert (count(1, "request"), count(5214, "request")) == ("1 request", "5,214 requests")


def test_long_lists_are_cut():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(list("abcdef")) == "a, b, c and 3 more"
