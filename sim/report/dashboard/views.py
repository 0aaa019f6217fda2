"""What the dashboard shows of the results that are chosen: each by itself, runs and load tests against the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.evidence.difference.comparison import compare
from sim.evidence.difference.margins import parse
from sim.records.load_run import LoadRun
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
    return result_of([each.path for each in group], lang)


def _side_by_side(a: Path, b: Path, lang: Language) -> Result:
    samples = [read_samples(folder / "samples.parquet") for folder in (a, b)]
    runs = [LoadRun.read(folder / "loadrun.json") for folder in (a, b)]
    own = all(run.intended_starts for run in runs)
    names = {name for each in samples for name in each["journey"].unique().to_pylist()}
    return of_comparison(compare(samples[0], runs[0], samples[1], runs[1], parse([], names, requests_only=not own)), lang)
from sim.report.dashboard.shelf import Kept, Reader, Shelf
from sim.report.exports.of_comparison import of_comparison
from sim.report.exports.of_decisions import of_drills, of_health, of_vendors
from sim.report.exports.of_findings import of_capacity, of_check, of_race
from sim.report.exports.of_gates import of_gate, of_goals, of_poc
from sim.report.exports.of_pilots import of_analysis, of_design
from sim.report.exports.of_predictions import of_backtest, of_score
from sim.report.exports.of_process import of_process
from sim.report.exports.of_runs import of_several_runs, result_of
from sim.report.exports.of_study import of_study
from sim.report.exports.result import Result, Table
from sim.report.languages import Language, named, recorded, text
from sim.report.rollouts.tables import of_rollouts
from sim.report.several_runs import read_several

_RESULTS: dict[type[Record], Callable[[Any, Language], Result]] = {
    Study: of_study,
    Rollouts: of_rollouts,
    Goals: of_goals,
    Gate: of_gate,
    Drills: of_drills,
    Health: of_health,
    PilotDesign: of_design,
    PilotAnalysis: of_analysis,
    Backtest: of_backtest,
    Score: of_score,
    ProcessComparison: of_process,
    Comparison: of_comparison,
    Capacity: of_capacity,
    Race: of_race,
    Checkup: of_check,
    Ranking: of_vendors,
    ProofOfConcept: of_poc,
}


@dataclass(frozen=True)
class View:
    """One reader's view: its finding, the records to choose among with a label each, and a table of all of them."""

    finding: str
    labels: dict[str, str]
    """By the name of a record, in the order of paths."""
    overview: Result


def view_of(shelf: Shelf, reader: Reader, lang: Language = "en") -> View:
    """A reader's view of a folder's records. The architect sees what the runs rest on, too."""
    kept = shelf.of(reader)
    labels = {each.name: text("{kind}: {name}", lang, kind=_kind(each.record, lang), name=each.name) for each in kept}
    rows = [
        {"kind": _kind(each.record, lang), "name": each.name, "finding": _sentence(each.record, lang)} for each in kept
    ]
    tables = [Table("records", text("All records", lang), pd.DataFrame(rows))] if rows else []
    if reader == "architect" and shelf.runs():
        tables.append(_basis(shelf.runs(), lang))
    finding = _finding(kept, reader, lang)
    overview = Result(finding, (), (), tuple(tables), text("records of {folder}", lang, folder=shelf.folder), lang=lang)
    return View(finding, labels, overview)


def results(shelf: Shelf, names: Sequence[str], lang: Language = "en") -> list[Result | Refusal]:
    """What is shown of the records of these names: runs and load tests, where several are chosen, are held against each other.

    More than two load tests are shown each by itself. In place of what cannot be read, or of runs that do not pair, stands why.
    """
    chosen = [each for each in shelf.kept if each.name in names]
    runs = [each for each in chosen if isinstance(each.record, Manifest)]
    tests = [each for each in chosen if isinstance(each.record, Verdict) and each.path.is_dir()]
    found: list[Callable[[], Result]] = []
    together: list[Kept] = []
    if len(runs) > 1:
        found.append(lambda: of_several_runs(read_several([each.path for each in runs]), lang))
        together += runs
    if len(tests) == 2:
        found.append(lambda: of_comparison(_compared(*tests), lang))
        together += tests
    found += [lambda each=each: _result(each, lang) for each in chosen if each not in together]  # type: ignore[misc]
    return [_made(make) for make in found]


def _made(make: Callable[[], Result]) -> Result | Refusal:
    try:
        return make()
    except Refusal as refusal:
        return refusal


def _result(kept: Kept, lang: Language) -> Result:
    if isinstance(kept.record, Manifest | Verdict):
        folder = kept.path if kept.path.is_dir() else kept.path.parent
        return result_of([folder], lang)
    return _RESULTS[type(kept.record)](kept.record, lang)


def _compared(a: Kept, b: Kept) -> Comparison:
    sides = [(read_samples(each.path / "samples.parquet"), LoadRun.read(each.path / "loadrun.json")) for each in (a, b)]
    return compare(*sides[0], *sides[1])


def _kind(record: Record, lang: Language) -> str:
    kinds = {
        Manifest: text("run of a chain", lang),
        Study: text("study", lang),
        Rollouts: text("rollout", lang),
        Goals: text("goals", lang),
        Gate: text("gate", lang),
        Drills: text("drills", lang),
        Health: text("quarterly health", lang),
        PilotDesign: text("design of a pilot", lang),
        PilotAnalysis: text("analysis of a pilot", lang),
        Backtest: text("backtest", lang),
        Score: text("predictions scored", lang),
        ProcessComparison: text("process", lang),
        Verdict: text("load test", lang),
        Comparison: text("comparison of load tests", lang),
        Capacity: text("capacity", lang),
        Race: text("race for the last units", lang),
        Checkup: text("check of an adapter", lang),
        Ranking: text("vendors", lang),
        ProofOfConcept: text("proof of concept", lang),
    }
    return kinds[type(record)]


def _sentence(record: Record, lang: Language) -> str:
    if isinstance(record, Manifest):
        message = "{name}: {days} days, {n} replications, seed {seed}"
        scenario = record.scenario
        name = recorded(scenario["name"], lang)
        return text(message, lang, name=name, days=scenario["days"], n=record.replications, seed=record.seed)
    if isinstance(record, Study | Drills):
        return next(iter(_RESULTS[type(record)](record, lang).findings), "–")
    return recorded(str(getattr(record, "sentence", "") or "–"), lang)


def _finding(kept: Sequence[Kept], reader: Reader, lang: Language) -> str:
    """A sentence over all records of a view."""
    if not kept:
        return text("No records for this view yet", lang)
    if reader == "architect":
        ranking = next((each.record for each in kept if isinstance(each.record, Ranking)), None)
        return recorded(ranking.sentence, lang) if ranking else _counted(kept, lang)
    verdicts = Counter(each.record.decision for each in kept if isinstance(each.record, Verdict))
    if reader == "qa" and verdicts:
        listed = [f"{named(decision, lang)} {number}" for decision, number in sorted(verdicts.items())]
        return text("Load tests by verdict: {listed}", lang, listed=text(", ", lang).join(listed))
    return _counted(kept, lang)


def _counted(kept: Sequence[Kept], lang: Language) -> str:
    kinds = Counter(_kind(each.record, lang) for each in kept)
    return text("Records: {listed}", lang, listed=text(", ", lang).join(f"{kind} {n}" for kind, n in kinds.items()))


def _basis(runs: Sequence[Kept], lang: Language) -> Table:
    """How many parameters of each run are measured, calibrated, from another source or assumed."""
    rows = []
    for each in runs:
        assert isinstance(each.record, Manifest)
        kinds = Counter(str(source["kind"]) for source in each.record.scenario.get("sources", {}).values())
        measured, calibrated = kinds.pop("measured", 0), kinds.pop("calibrated", 0)
        counts = {"measured": measured, "calibrated": calibrated, "other": kinds.total()}
        rows.append({"run": each.name} | counts | {"assumed": len(each.record.assumed)})
    return Table("basis", text("What the runs rest on: parameters by kind of source", lang), pd.DataFrame(rows))
