"""A process fitted to an event log: as long as its cases, exactly, and nothing of a log read wrongly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.planning.processes.event_log import fit
from sim.planning.processes.passes import moments
from sim.records.refusal import Refusal

HEAD = "case,activity,start,end"


def log(path, rows, head=HEAD):
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
    return path


def at(seconds):
    return f"2026-10-01 {9 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


cases = st.lists(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 5), st.integers(0, 90)), min_size=1, max_size=6),
    min_size=2,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(cases=cases)
def test_a_mean_pass_takes_as_long_as_a_mean_case(tmp_path_factory, cases):
    rows, spans, counted = [], [], {}
    for number, activities in enumerate(cases):
        clock, first, last = 60 * number, None, 0
        for activity, pause, takes in activities:
            start = clock + pause
            rows.append((number, activity, at(start), at(start + takes)))
            first = start if first is None else first
            # The next may begin before this one ends: what overlaps counts once.
            clock, last = start + takes // 2, max(last, start + takes)
            counted[activity] = counted.get(activity, 0) + 1
        spans.append(last - first)
    found = fit(log(tmp_path_factory.mktemp("log") / "log.csv", rows), "till")
    assert moments(found.process, "ticket")[0] == pytest.approx(np.mean(spans), abs=1e-6)
    for step, times in zip(found.process.steps, found.process.visits, strict=True):
        if step.name in counted:
            assert times == pytest.approx(counted[step.name] / len(cases))


def test_headings_of_other_systems_and_chinese_are_read(tmp_path):
    rows = [
        (1, "扫描", at(0), at(30)),
        (1, "付款", at(30), at(40)),
        (2, "扫描", at(60), at(80)),
        (2, "付款", at(85), at(95)),
    ]
    found = fit(log(tmp_path / "a.csv", rows, "小票号,环节,开始时间,结束时间"), "till")
    assert [step.name for step in found.process.steps] == ["扫描", "付款", "wait before 付款"]
    assert moments(found.process, "ticket")[0] == 37.5
    xes = fit(log(tmp_path / "b.csv", rows, "case:concept:name,concept:name,start_timestamp,time:timestamp"), "till")
    assert xes.process == found.process


def test_cases_that_are_not_whole_are_left_out_and_counted(tmp_path):
    rows = [(1, "A", at(0), at(9)), (2, "A", at(0), at(11)), (3, "A", at(0), ""), (3, "B", at(5), at(6))]
    found = fit(log(tmp_path / "log.csv", rows), "till")
    assert (found.cases, found.left_out) == (2, 1)
    assert [step.name for step in found.process.steps] == ["A"]


def test_what_an_activity_is_for_may_be_said(tmp_path):
    rows = [(1, "A", at(0), at(9)), (1, "Pay", at(9), at(20)), (2, "A", at(0), at(9)), (2, "Pay", at(9), at(20))]
    found = fit(log(tmp_path / "log.csv", rows), "till", {"Pay": "payment"})
    assert (moments(found.process, "ticket")[0], moments(found.process, "payment")[0]) == (9, 11)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([(1, "A", at(0), at(9))], "2 cases at least with start and end in every row, found '1'"),
        ([(1, "A", at(9), at(0)), (2, "A", at(0), at(1))], "row 2, column end: expected an end not before the start"),
        ([(1, "A", "noon", at(0)), (2, "A", at(0), at(1))], "row 2, column start: expected"),
        ([(1, "", at(0), at(1)), (2, "A", at(0), at(1))], "row 2, column activity: expected a name of 1 to 100 characters"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_named(tmp_path, rows, line):
    with pytest.raises(Refusal) as refusal:
        fit(log(tmp_path / "log.csv", rows), "till")
    assert line in str(refusal.value)


def test_instants_with_a_zone_and_dates_of_either_order_are_read(tmp_path):
    zoned = [
        (1, "A", "2026-10-01T09:00:00+08:00", "2026-10-01T01:00:07Z"),
        (2, "A", "2026-10-01T09:00:00Z", "2026-10-01T09:00:09Z"),
    ]
    assert moments(fit(log(tmp_path / "a.csv", zoned), "till").process, "ticket")[0] == 8
    either = [(case, "A", "03/04/2026 09:00:00", "03/04/2026 09:00:09") for case in (1, 2)]
    with pytest.raises(Refusal, match="--dates dmy or --dates mdy"):
        fit(log(tmp_path / "b.csv", either), "till")
    assert moments(fit(log(tmp_path / "b.csv", either), "till", dates="dmy").process, "ticket")[0] == 9
