"""Faults are marked at the hours and the locations that they hit, and at no other."""

import pandas as pd
import pytest

from sim.report.film.faults import marked
from sim.report.film.measures import Span, measure
from sim.report.film.page import Looks
from sim.report.runs import ChainRun, read

RANDOM = pd.DataFrame(
    [
        {"replication": 1, "kind": "network_cut", "places": ["GZ01"], "from_s": 90_000.0, "until_s": 97_200.0},
        {"replication": 0, "kind": "network_cut", "places": ["SH01"], "from_s": 90_000.0, "until_s": 97_200.0},
        {"replication": 1, "kind": "supplier_stop", "places": ["S1"], "from_s": -5.0, "until_s": 400_000.0},
    ]
)
"""Times count from the first midnight, a day before the first that counts."""


@pytest.fixture(scope="module")
def run(folder):
    played = read([folder]).chain
    return ChainRun(played.manifest, played.kpis, played.daily, played.hourly.assign(outage_s=0.0), RANDOM)


@pytest.fixture(scope="module")
def span():
    return Span(replication=1, first=1, days=2)


@pytest.fixture(scope="module")
def found(run, span):
    return marked(run, span, measure(run, span), "en")


def test_faults_of_the_days_shown_are_labelled_with_what_where_and_when(found):
    assert [(fault.label, fault.from_h, fault.until_h) for fault in found] == [
        ("power cut at SH01 and BJ01, Fri 2 Oct 16:30 to 18:00", 16.5, 18.0),
        ("payment outage (wechat), Sat 3 Oct 10:00 to 11:00", 34.0, 35.0),
        ("warehouse stop at WSH, Sat 3 Oct 23:30 to Sun 4 Oct 09:30", 47.5, 48.0),
        ("lane closed at WSH → GZ01, Fri 2 Oct 06:00 to 06:30", 6.0, 6.5),
        ("network cut at GZ01, Fri 2 Oct 01:00 to 03:00", 1.0, 3.0),
        ("supplier stop at S1, Wed 30 Sep 23:59 to Mon 5 Oct 15:06", 0.0, 48.0),
    ]


def test_a_location_is_marked_in_the_hours_in_which_it_is_hit(run, span, found):
    hit = Looks(measure(run, span), found).hit
    marks = {(hour, location) for hour in range(48) for location in range(4) if hit[hour, location]}
    power, payment = {(hour, store) for hour in (16, 17) for store in (0, 2)}, {(34, store) for store in range(3)}
    assert marks == power | payment | {(47, 3)} | {(1, 1), (2, 1)}


def test_a_store_without_the_system_is_marked(run, span):
    outage = run.hourly["day"].eq(2) & run.hourly["hour"].eq(5) & run.hourly["location_code"].eq("GZ01")
    cut = ChainRun(run.manifest, run.kpis, run.daily, run.hourly.assign(outage_s=60.0 * outage))
    hit = Looks(measure(cut, span), []).hit
    assert [(hour, location) for hour, location in zip(*hit.nonzero(), strict=True)] == [(29, 1)]
