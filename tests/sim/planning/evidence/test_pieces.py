"""Evidence read from what lies in a folder or a file: what it is, what it shows, its grade and its age."""

import json
from datetime import date

import pytest

from sim.evidence.verdict.judge import judge
from sim.planning.evidence.pieces import Asked, read
from sim.records.capacity import Capacity, Stage
from sim.records.conformance import Checkup, JourneyCheck, Reached
from sim.records.load_run import StockReading
from sim.records.oversell import Race
from sim.records.refusal import Refusal
from sim.records.samples import write_samples

from ...evidence.conftest import run_of, samples_of

AS_OF = date(2026, 11, 1)


def ask(path, grade=None, dated=None):
    def refuse(wanted, found):
        raise Refusal("vendors.yaml", "evidence", wanted, found)

    return read(Asked(path, path.name, grade, dated, AS_OF, refuse))


@pytest.fixture
def load_test(tmp_path):
    """Writes the folder of a load test of 2,000 requests, every one of which took `response_s`."""

    def write(response_s=0.2, **changes):
        samples = samples_of([0.05 * n for n in range(2_000)], response_s)
        folder = tmp_path / "replay"
        run = run_of(samples, started_at="2026-10-02T08:00:00+08:00", **changes)
        write_samples(folder / "samples.parquet", samples)
        run.write(folder / "loadrun.json")
        return folder

    return write


def test_a_load_test_is_measured_dated_and_judged_from_its_samples(load_test):
    (piece,) = ask(load_test())
    assert (piece.kind, piece.grade, piece.dated, piece.age_days) == ("verdict", "measured", "2026-10-02", 30)
    assert piece.figures["mean_s"].estimate == pytest.approx(0.2)
    assert piece.figures["checkout:p95_s"].estimate == pytest.approx(0.2)
    assert piece.figures["availability"].low < piece.figures["availability"].estimate == 1
    assert piece.figures["passed"].low == 0, "2,000 requests without a failure do not decide 99.9 %"
    assert piece.figures["passed"].high == 1


def test_a_load_test_without_intended_starts_is_only_supplied(load_test):
    (piece,) = ask(load_test(intended_starts=False))
    assert piece.grade == "supplied"


def test_stock_truth_of_a_load_test_is_a_figure(load_test):
    sold = StockReading(sku_code="A", available_before=5, available_after=0, units_ordered=20)
    (piece,) = ask(load_test(stock=[sold]))
    assert piece.figures["oversold_units"].estimate == 15


def test_a_load_test_in_which_no_sku_ran_out_shows_nothing_of_overselling(load_test):
    plenty = StockReading(sku_code="A", available_before=1_000, available_after=980, units_ordered=20)
    (piece,) = ask(load_test(stock=[plenty]))
    assert "oversold_units" not in piece.figures
    assert piece.figures["stock_discrepancy"].estimate == 0


def test_an_invalid_verdict_counts_for_nothing(load_test):
    folder = load_test()
    samples = samples_of([0.05 * n for n in range(2_000)], 0.2)
    late = run_of(samples).generator[0].model_copy(update={"lag_p99_s": 1.0})
    verdict = judge(samples, run_of(samples, generator=[late]))
    assert verdict.decision == "invalid"
    verdict.write(folder / "verdict.json")
    (piece,) = ask(folder)
    assert (piece.figures, piece.sentence) == ({}, verdict.sentence)


def test_a_jtl_is_supplied_whatever_it_shows(tmp_path):
    path = tmp_path / "results.jtl"
    rows = [f"{1_790_000_000_000 + 50 * n},120,GET /products,200,true" for n in range(500)]
    path.write_text("\n".join(["timeStamp,elapsed,label,responseCode,success", *rows]))
    (piece,) = ask(path)
    assert (piece.kind, piece.grade, piece.dated) == ("load test file", "supplied", "2026-09-21")
    assert piece.figures["p95_s"].estimate == pytest.approx(0.12)
    assert piece.figures["passed"].high == 1
    assert piece.figures["passed"].low == 0


def stage(factor, decision, thorough=True):
    return Stage(
        factor=factor, run="s", length_s=60, took_s=70, journeys_per_s=1, requests=100, requests_per_s=2, answered_per_s=2, concurrency=1,
        mean_s=0.1, p95_s=0.2, decision=decision, sentence="", stable=True, unmet=[], thorough=thorough,
    )  # fmt: skip


def test_a_search_for_capacity_is_bounded_by_what_held_and_what_did_not(tmp_path):
    stages = [stage(0.5, "pass"), stage(1.0, "pass"), stage(1.4, "fail")]
    found = Capacity(
        host="h", scenario="s", scenario_hash="0", targets=[], stores=50, peak_from_s=0, peak_requests_per_s=20, stages=stages
    )  # fmt: skip
    found.write(tmp_path / "capacity.json")
    (piece,) = ask(tmp_path)
    figure = piece.figures["stores_carried"]
    assert (figure.low, figure.estimate, figure.high) == (50, 50, 70)
    assert piece.dated == ""
    assert piece.age_days is None


def race(decision, promised, run_id="r"):
    sku = {
        "sku_code": "A",
        "available_before": 5,
        "available_after": 0,
        "promised": promised,
        "asked": 20,
        "in_doubt": 0,
    }
    return Race(
        run_id=run_id, started_at="2026-10-20T10:00:00+00:00", host="h", adapter="a", clients=20, units=1, decides="order", length_s=1,
        skus=[sku], endings=[], orders=[], orders_fate="", decision=decision, sentence="", reasons=[],
    )  # fmt: skip


@pytest.mark.parametrize(("decision", "promised", "units"), [("pass", 5, 0), ("fail", 20, 15)])
def test_a_race_shows_the_units_that_were_oversold(tmp_path, decision, promised, units):
    race(decision, promised).write(tmp_path / "race.json")
    (piece,) = ask(tmp_path / "race.json")
    assert (piece.kind, piece.figures["oversold_units"].estimate, piece.age_days) == ("race", units, 12)


def test_a_race_that_shows_nothing_counts_for_nothing(tmp_path):
    race("inconclusive", 3).write(tmp_path / "race.json")
    assert ask(tmp_path / "race.json")[0].figures == {}


def test_a_check_shows_each_journey_and_leaves_open_what_was_refused(tmp_path):
    states = {"search": "works", "checkout": "works", "return_goods": "refused", "transfer_stock": "not covered"}
    reached = Reached(tls="", days=0, in_clear="", error="")
    check = Checkup(
        run_id="r", started_at="2026-10-20T10:00:00+00:00", host="h", adapter="a", reached=reached,
        journeys=[JourneyCheck(journey=name, state=state) for name, state in states.items()],
        access=[], made=[], made_fate="", findings=[], untried=[], decision="pass", sentence="",
    )  # fmt: skip
    check.write(tmp_path / "check.json")
    figures = ask(tmp_path)[0].figures
    share = figures["journeys_working"]
    assert (share.low, share.high) == (0.5, 0.75)
    assert [figures[f"works:{name}"].high for name in states] == [1, 1, 1, 0]


def test_a_chain_run_on_an_assumed_service_is_a_judgement_and_on_a_measured_one_a_measurement(tmp_path):
    from ...report.conftest import chain_folder

    for measured, grade in ((True, "measured"), (False, "judgement")):
        folder = tmp_path / str(measured)
        chain_folder(folder, measured=measured)
        manifest = json.loads((folder / "outcome/manifest.json").read_text())
        manifest["assumed"] = [] if measured else ["system.service = ..."]
        (folder / "outcome/manifest.json").write_text(json.dumps(manifest))
        (piece,) = ask(folder)
        assert (piece.kind, piece.grade) == ("chain run", grade)
        figure = piece.figures["mean_wait_s"]
        assert figure.low < figure.estimate < figure.high


def test_the_pieces_of_the_folders_in_a_folder_are_found(tmp_path):
    for name in ("race-1", "race-2"):
        (tmp_path / name).mkdir()
        race("pass", 5, name).write(tmp_path / name / "race.json")
    found = ask(tmp_path)
    assert [piece.source for piece in found] == [f"{tmp_path.name}/race-{n}/race.json" for n in (1, 2)]


def test_evidence_of_a_day_ahead_in_another_time_zone_is_of_today(tmp_path):
    race("pass", 5).model_copy(update={"started_at": "2026-11-01T23:00:00-05:00"}).write(tmp_path / "race.json")
    (piece,) = ask(tmp_path)
    assert (piece.dated, piece.age_days) == ("2026-11-02", 0)
    race("pass", 5).model_copy(update={"started_at": "2026-11-03T00:30:00+00:00"}).write(tmp_path / "race.json")
    with pytest.raises(Refusal, match="evidence made by 2026-11-01"):
        ask(tmp_path)


def test_a_record_that_cannot_be_read_is_refused_and_never_passed_over(tmp_path):
    race("pass", 5).write(tmp_path / "race.json")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "capacity.json").write_text('{"stages": [')
    with pytest.raises(Refusal, match=r"capacity\.json: line 1: expected a record as JSON"):
        ask(tmp_path)


def test_a_grade_may_be_weaker_than_the_files_own_and_never_stronger(tmp_path):
    race("pass", 5).write(tmp_path / "race.json")
    assert ask(tmp_path / "race.json", grade="supplied")[0].grade == "supplied"
    jtl = tmp_path / "results.jtl"
    jtl.write_text("timeStamp,elapsed,label,responseCode,success\n1790000000000,120,GET /,200,true\n")
    with pytest.raises(Refusal, match="a grade no stronger than the file's own, supplied, found 'measured'"):
        ask(jtl, grade="measured")


def test_evidence_from_after_the_day_to_which_ages_count_is_refused(tmp_path):
    race("pass", 5).write(tmp_path / "race.json")
    with pytest.raises(Refusal, match="evidence made by 2026-11-01"):
        ask(tmp_path / "race.json", dated=date(2026, 11, 2))


def test_a_folder_without_evidence_is_refused(tmp_path):
    with pytest.raises(Refusal, match="a folder with none of these"):
        ask(tmp_path)
