"""YAML means what a person who has never read its specification takes it to mean."""

import datetime

import pytest

from sim.scenario.documents import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("09:30", "09:30"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0", 0),
        ("-12", -12),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("2026-10-01", datetime.date(2026, 10, 1)),
        ("2026-10-01 09:30", "2026-10-01 09:30"),
    ],
)
def test_scalars_hold_no_surprises(text, value):
    found = parse(text, "text")
    assert found == value
    assert type(found) is type(value)


def test_merge_keys_may_be_overridden():
    assert parse("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", "text")["b"] == {"x": 1, "y": 3}
