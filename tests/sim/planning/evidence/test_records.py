"""A folder of evidence: every record in it is found once, dated and graded, whatever its depth and its name."""

import json

import pytest
import yaml

from sim.planning.evidence import records
from sim.planning.evidence.pieces import Asked, read
from sim.planning.evidence.records import gather
from sim.planning.vendors.comparing import compare
from sim.planning.vendors.vendor_file import load
from sim.records.profile import LoadLevel, Outages, ServiceProfile
from sim.records.refusal import Refusal
from sim.records.samples import write_samples

from ...evidence.conftest import run_of, samples_of
from ...report.conftest import chain_folder
from ..gates.records import MEASURED, TODAY, Case, capacity, goals, loadrun, race, verdict


def put(path, record):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


def check():
    return {
        "run_id": "c", "started_at": MEASURED, "host": "h", "adapter": "shop", "reached": {"tls": "", "days": 0, "in_clear": "", "error": ""},
        "journeys": [{"journey": "checkout", "state": "works"}], "access": [], "made": [], "made_fate": "", "findings": [], "untried": [],
        "decision": "pass", "sentence": "Every journey works.",
    }  # fmt: skip


def profile(source):
    level = LoadLevel(
        requests_per_s=2.0, journeys=50, latency_s=[0.1] * 11, availability=1.0, availability_low=0.9, availability_high=1.0
    )  # fmt: skip
    outages = Outages(window_s=300.0, gap_s=1.0, unavailability_high=0.01)
    return ServiceProfile(source=source, measured=True, journeys={"checkout": [level]}, outages=outages)


def proof_of_concept(folder):
    """What a proof of concept leaves: a check, a load test with its profile, a search with its stages, a race, a run of the chain."""
    put(folder / "check/check.json", check())
    put(folder / "replay/verdict.json", verdict())
    put(folder / "replay/loadrun.json", loadrun())
    profile("r").write(folder / "replay/service_profile.json")
    put(folder / "capacity/capacity.json", capacity())
    for name, day in (
        ("stage-01", "08"),
        ("stage-02", "09"),
        ("stage-03-9x", "09"),
    ):  # the last one was cut off, and is in no list
        put(folder / f"capacity/{name}/verdict.json", verdict(run_id=name))
        put(folder / f"capacity/{name}/loadrun.json", loadrun(run_id=name, started_at=f"2026-11-{day}T23:00:00-08:00"))
    put(folder / "deep/er/race.json", race())
    chain_folder(folder / "capacity/chain/pilot-1", replications=1, measured=True)
    chain_folder(folder / "chain/after", measured=True)
    made = {"wall_s": 1.0, "replications_played": 2, "jobs": 1, "made_at": "2026-11-12T07:00:00+08:00"}
    put(folder / "chain/after/timing.json", made)
    return folder


def pieces(path):
    def refuse(wanted, found):
        raise Refusal("vendors.yaml", "evidence", wanted, found)

    return read(Asked(path, path.name, None, None, TODAY, refuse))


def test_a_proof_of_concept_is_picked_up_whole_by_one_line_each_record_once_with_its_grade_and_date(tmp_path):
    found = pieces(proof_of_concept(tmp_path / "poc-aster"))
    assert sorted((each.source, each.kind, each.grade, each.dated) for each in found) == [
        ("poc-aster/capacity/capacity.json", "capacity", "measured", "2026-11-09"),
        ("poc-aster/chain/after", "chain run", "measured", "2026-11-11"),
        ("poc-aster/check/check.json", "adapter check", "measured", "2026-11-10"),
        ("poc-aster/deep/er/race.json", "race", "measured", "2026-11-10"),
        ("poc-aster/replay/service_profile.json", "service profile", "measured", "2026-11-10"),
        ("poc-aster/replay/verdict.json", "verdict", "measured", "2026-11-10"),
    ]
    assert all(each.figures for each in found)


def test_the_gate_and_the_comparison_take_the_same_records(tmp_path):
    runs = Case(tmp_path, "of the peak", "of the pilot").runs
    by_gate = {each.file: each.made.date().isoformat() for each in gather(runs).records if each.grade}
    assert by_gate == {each.source.partition("/")[2]: each.dated for each in pieces(runs)}
    assert len(by_gate) == 3


def test_a_copy_or_an_export_of_a_record_is_no_further_evidence_and_the_dated_one_counts(tmp_path):
    put(tmp_path / "a-export.json", verdict())
    put(tmp_path / "replay/verdict.json", verdict())
    put(tmp_path / "replay/loadrun.json", loadrun())
    put(tmp_path / "old/race.json", race())
    put(tmp_path / "copy/of/old/race.json", race())
    assert [each.source.partition("/")[2] for each in pieces(tmp_path)] == [
        "replay/verdict.json",
        "copy/of/old/race.json",
    ]


def test_a_load_test_without_a_verdict_is_judged_by_its_samples_for_the_gate_too(tmp_path):
    samples = samples_of([0.05 * n for n in range(400)], 0.2)
    folder = tmp_path / "a" / "b"
    write_samples(folder / "samples.parquet", samples)
    run_of(samples, started_at="2026-11-10T08:00:00+08:00").write(folder / "loadrun.json")
    (test,) = gather(tmp_path).of(records.Tested)
    assert (test.file, test.grade, test.made.isoformat()) == (
        "a/b/samples.parquet",
        "measured",
        "2026-11-10T00:00:00+00:00",
    )
    assert test.record.verdict.findings[0].requests == 400


def test_results_of_other_tools_in_a_folder_are_supplied_and_tables_beside_them_are_passed_over(tmp_path):
    rows = "\n".join(f"{1_790_000_000_000 + 50 * n},120,GET /products,200,true" for n in range(50))
    (tmp_path / "peak").mkdir()
    (tmp_path / "peak" / "results.csv").write_text(f"timeStamp,elapsed,label,responseCode,success\n{rows}\n")
    (tmp_path / "tickets.csv").write_text("opened,answered\n2026-10-05 09:10,\n")
    (tmp_path / "notes.json").write_text('{"type": "FeatureCollection"}')
    tags = {"name": "GET /", "status": "200", "expected_response": "true"}
    data = {"time": "2026-09-21T14:00:00Z", "value": 50, "tags": tags}
    point = {"type": "Point", "metric": "http_req_duration", "data": data}
    (tmp_path / "k6.json").write_text("\n".join([json.dumps(point)] * 2))
    assert [(each.source.partition("/")[2], each.grade) for each in pieces(tmp_path)] == [
        ("k6.json", "supplied"),
        ("peak/results.csv", "supplied"),
    ]


def test_goals_and_peaks_say_nothing_about_a_vendor(tmp_path):
    put(tmp_path / "runs/goals.json", goals("x"))
    with pytest.raises(Refusal, match="a folder with none of these"):
        pieces(tmp_path / "runs")
    put(tmp_path / "runs/race.json", race())
    assert [each.kind for each in pieces(tmp_path / "runs")] == ["race"]


def test_one_line_a_vendor_ranks_two_proofs_of_concept_and_one_without_any(tmp_path):
    proof_of_concept(tmp_path / "poc-aster")
    proof_of_concept(tmp_path / "poc-birch")
    put(tmp_path / "poc-birch/deep/er/race.json", race(decision="fail", skus=[race()["skus"][0] | {"promised": 20}]))
    (tmp_path / "vendors.yaml").write_text(
        yaml.safe_dump(
            {
                "name": "Three vendors",
                "as_of": TODAY,
                "dimensions": {"stability and security": {"criteria": {
                    "stock truth": {"from": {"oversold_units": {"best": 0, "worst": 5}}},
                    "capacity": {"from": {"stores_carried": {"best": 4, "worst": 0}}},
                    "waits": {"from": {"mean_wait_s": {"best": 0, "worst": 100_000}}},
                }}},
                "vendors": {"Aster": {"evidence": ["poc-aster"]}, "Birch": {"evidence": ["poc-birch"]}, "Cedar": {}},
            },
            sort_keys=False,
        )
    )  # fmt: skip
    ranking = compare(load(tmp_path / "vendors.yaml"), TODAY)
    assert [each.vendor for each in ranking.standings] == ["Aster", "Birch", "Cedar"]
    assert "Most of that is stock truth: 10.0 against 0.0." in ranking.sentence
    assert ranking.standings[0].by_grade == {"measured": pytest.approx(1)}
