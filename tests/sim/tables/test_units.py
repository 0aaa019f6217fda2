"""The unit that a heading names."""

import pytest

from sim.tables.units import amount_parts, factor


@pytest.mark.parametrize(
    ("heading", "kind", "found"),
    [
        ("金额（万元）", "money", 1e4),
        ("金额(元)", "money", 1),
        ("cost (CNY million)", "money", 1e6),
        ("cost [k€]", "money", 1e3),
        ("费用【亿元】", "money", 1e8),
        ("cost", "money", None),
        ("cost (net)", "money", None),
        ("持续时间（小时）", "time", 3600),
        ("duration (h)", "time", 3600),
        ("duration minutes", "time", 60),
        ("mean_wait_s", "time", 1),
        ("mean_wait_s (min)", "time", 60),
        ("response [ms]", "time", 1e-3),
        ("持续时间", "time", None),
        ("abandonment (%)", "share", 0.01),
        ("弃购率％", "share", 0.01),
        ("abandonment", "share", None),
    ],
)
def test_a_heading_names_its_unit_in_brackets_or_at_its_end(heading, kind, found):
    assert factor(heading, kind) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.2万", ("1.2", 1e4)),
        ("1.2 万元", ("1.2", 1e4)),
        ("12k", ("12", 1e3)),
        ("3亿", ("3", 1e8)),
        ("¥1,200", ("¥1,200", 1)),
    ],
)
def test_an_amount_may_end_with_its_multiple(text, found):
    assert amount_parts(text) == found
