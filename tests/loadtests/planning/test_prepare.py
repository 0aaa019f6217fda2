"""A plan is prepared once: the master plays what the starting process prepared."""

from __future__ import annotations

from dataclasses import fields

from loadtests.planning import schedule
from loadtests.planning.plan import Plan
from loadtests.planning.prepare import deal, prepare, read_prepared


def test_what_was_prepared_comes_back_from_its_file_without_the_trace(plain, plain_adapter, make_trace, tmp_path):
    trace = make_trace(20.0, 10.0)
    plan = Plan(trace=str(trace), host=plain.url, adapter=str(plain_adapter), time_scale=2.0)
    ready = prepare(plan)
    ready.write(tmp_path / "prepared.arrow")
    trace.unlink()
    again = read_prepared(tmp_path / "prepared.arrow", plan)
    assert again.planned.equals(ready.planned)
    assert again.adapter.__name__ == ready.adapter.__name__
    for name in {field.name for field in fields(ready)} - {"planned", "adapter"}:
        assert getattr(again, name) == getattr(ready, name)
    assert [list(schedule.chunks(deal(again.planned, 3).shard(n))) for n in range(3)] == [
        list(schedule.chunks(deal(ready.planned, 3).shard(n))) for n in range(3)
    ]
