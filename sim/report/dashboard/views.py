"""What the dashboard shows of the results that are chosen: each by itself, runs and load tests against the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sim.evidence.difference.comparison import compare
from sim.evidence.difference.margins import parse
from sim.evidence.run_comparison import refuse_unpaired
from sim.records.load_run import LoadRun
from sim.records.outcome import read_kpis
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.report.dashboard.holdings import Entry
from sim.report.dashboard.kinds import LOAD_TEST, RUN, Kind
from sim.report.exports.of_comparison import of_comparison
from sim.report.exports.of_runs import result_of
from sim.report.exports.result import Result
from sim.report.languages import Language


def shown(chosen: Sequence[Entry], lang: Language) -> Iterator[Result | Refusal]:
    """The results that entries make, in their order; a `Refusal` in the place of one that cannot be read.

    Several runs are compared, each less the first, paired by replication; a load test is compared with each one after it. Any other result
    stands by itself.
    """
    for kind in dict.fromkeys(each.kind for each in chosen):
        of_kind = [each for each in chosen if each.kind is kind]
        for group in _groups(kind, of_kind):
            try:
                yield _result(group, lang)
            except Refusal as refusal:
                yield refusal


def _groups(kind: Kind, chosen: Sequence[Entry]) -> list[list[Entry]]:
    """The entries that make a result together."""
    if kind is RUN:
        return [list(chosen)]
    if kind is LOAD_TEST and len(chosen) > 1:
        return [[chosen[0], other] for other in chosen[1:]]
    return [[each] for each in chosen]


def _result(group: Sequence[Entry], lang: Language) -> Result:
    first = group[0]
    if first.kind.show:
        return first.kind.show(first.record, lang)
    if first.kind is LOAD_TEST and len(group) > 1:
        return _side_by_side(first.path, group[1].path, lang)
    folders = [each.path for each in group]
    for other in folders[1:]:
        refuse_unpaired(read_kpis(folders[0]), read_kpis(other))
    result = result_of(folders, lang)
    *others, last = result.findings
    return replace(result, findings=(last, *others)) if len(folders) == 2 else result


def _side_by_side(a: Path, b: Path, lang: Language) -> Result:
    samples = [read_samples(folder / "samples.parquet") for folder in (a, b)]
    runs = [LoadRun.read(folder / "loadrun.json") for folder in (a, b)]
    own = all(run.intended_starts for run in runs)
    names = {name for each in samples for name in each["journey"].unique().to_pylist()}
    return of_comparison(
        compare(samples[0], runs[0], samples[1], runs[1], parse([], names, requests_only=not own)), lang
    )
