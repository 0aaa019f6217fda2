"""`chain-50`, some of its stores over twelve weeks, lies within what is published of supermarkets; docs/validation.md has a year of it."""

from dataclasses import fields

import numpy as np
import pytest
from _measured import measure, play
from _published import PUBLISHED, UNPUBLISHED, Published
from validation import ROOT, is_in, page, scenario

from sim.evidence.statistics.replications import interval

PARTS, EVERY, START = 3, 7, "2026-07-13"


@pytest.fixture(scope="module")
def parts():
    return play(scenario(PARTS, EVERY, START))


def test_the_chain_begins_in_its_stride(parts):
    """Of what suppliers are out of, as little is in the chain in the first part as in the last."""
    first, *_, last = (part["missing_upstream"] for part in parts)
    assert 2 / 3 < first / last < 3 / 2


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.measure)
def test_the_chain_lies_within_what_is_published(parts, published):
    assert published.low <= np.mean([measure(published.measure, part) for part in parts]) <= published.high


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.measure)
def test_a_range_has_two_ends_and_names_author_and_year(published):
    assert 0 <= published.low < published.high
    assert all(any(year in source for year in map(str, range(1990, 2027))) for source in published.sources)
    assert all(getattr(published, field.name) != "" for field in fields(Published))


def test_what_no_source_was_found_for_is_printed_without_a_range(parts):
    assert all(np.isfinite(part[kpi]) for part in parts for other in UNPUBLISHED for kpi, _ in other.kpis)


def test_a_figure_outside_its_range_is_called_out_on_the_page(parts):
    ours = {each.measure: interval([measure(each.measure, part) for part in parts]) for each in PUBLISHED}
    text = page(parts, ours, "some days")
    assert text.count("| in |") == sum(is_in(each, ours[each.measure]) for each in PUBLISHED)
    wrong = {name: interval([-1.0, -1.0]) for name in ours}
    assert page(parts, wrong, "some days").count("| **out** |") == len(PUBLISHED)


def test_the_page_in_the_docs_has_every_figure():
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    for each in (*PUBLISHED, *UNPUBLISHED):
        assert f"| {each.meaning} |" in text
