"""`retail-lab poc` says what it will take, keeps what it did, and goes on with the first stage that was not done."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status
from sim.cli.commands.planning.poc_stages import Stages
from sim.planning.poc.findings import Found
from sim.records.decisions.poc import STAGES, ProofOfConcept
from sim.records.refusal import Refusal

from .....doors import door, mutated_tree, mutations

METHODS = dict(zip(STAGES, ("_check", "_before", "_replay", "_capacity", "_stock", "_race", "_after"), strict=True))


@pytest.fixture
def proof(tmp_path, monkeypatch):
    """Runs the command with stages that play nothing; `done` lists them as they are done, `states` may change what they show."""
    monkeypatch.chdir(tmp_path)
    done, states, stops = [], dict.fromkeys(STAGES, "pass"), {}

    def stage(name):
        def do(self):
            if name in stops:
                raise stops.pop(name)
            done.append(name)
            file = self.asked.folder / f"{name}.json"
            file.write_text("{}")
            return Found(states[name], f"{name} shown."), file.name

        return do

    for name, method in METHODS.items():
        monkeypatch.setattr(Stages, method, stage(name))
    monkeypatch.setattr(Stages, "_write_pages", lambda self: None)

    def proof(*more, host="http://127.0.0.1:9"):
        return status(["poc", "--host", host, "--adapter", "shop", "--out", "poc-a", *more])

    (tmp_path / "poc-a").mkdir()
    proof.done, proof.states, proof.stops, proof.file = done, states, stops, tmp_path / "poc-a" / "poc.json"
    return proof


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("end", [KeyboardInterrupt(), Refusal("http://127.0.0.1:9", "discovery", "answers", "timeout")])
def test_an_interrupted_proof_goes_on_with_the_stage_that_was_not_done_and_repeats_none(proof, capsys, stage, end):
    proof.stops[stage] = end
    assert proof() == (130 if isinstance(end, KeyboardInterrupt) else 64)
    assert list(STAGES[: STAGES.index(stage)]) == proof.done
    if isinstance(end, KeyboardInterrupt):
        assert f"the same command goes on with {stage}" in capsys.readouterr().err
    assert proof() == 0
    assert list(STAGES) == proof.done
    assert proof() == 0
    assert list(STAGES) == proof.done, "a proof that was done is only shown again"
    assert ProofOfConcept.read(proof.file).sentence.startswith("Pass: adapter check, chain before, replay")


def test_what_was_invalid_is_repeated_with_all_that_is_read_from_it(proof):
    proof.states["replay"] = "invalid"
    assert proof() == 3
    assert "The same command repeats what was invalid." in ProofOfConcept.read(proof.file).sentence
    proof.states["replay"] = "pass"
    proof.done.clear()
    assert proof() == 0
    assert proof.done == ["replay", "stock truth", "chain after"]


def test_a_stage_whose_evidence_is_gone_is_done_again(proof):
    proof()
    (proof.file.parent / "race.json").unlink()
    proof.done.clear()
    assert (proof(), proof.done) == (0, ["race"])


@pytest.mark.parametrize(
    ("states", "code"),
    [({"race": "not shown"}, 2), ({"race": "fail", "replay": "invalid"}, 1), ({"chain after": "informs"}, 0)],
)
def test_the_status_is_that_of_a_verdict(proof, states, code):
    proof.states |= states
    assert proof() == code


@pytest.mark.parametrize(
    "more", [["--target", "availability=99%"], ["--at-least", "9"], ["--replications", "3"], ["--set", "seed=9"], ["--scenario", "golden-week"]]
)  # fmt: skip
def test_a_folder_of_another_proof_is_refused(proof, capsys, more):
    proof()
    assert proof(*more, "--minutes", "500") == 64
    assert capsys.readouterr().err.count("--out") == 1
    assert proof(host="http://127.0.0.1:10") == 64


def test_minutes_too_few_are_refused_with_the_least_before_anything_is_done(proof, capsys):
    assert proof("--minutes", "1") == 64
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1
    least = float(refused.split("at least ")[1].split(",")[0])
    assert proof.done == []
    assert proof("--minutes", f"{least}") == 0
    said = capsys.readouterr().out
    assert all(f"  {name:<14}" in said for name in STAGES), "the plan of stages stands at the start"


def test_the_whole_is_written_as_page_export_and_suite(proof, tmp_path):
    proof.states["race"] = "fail"
    assert proof("--json", "p.json", "--html", "p.html", "--junit", "p.xml", "--csv", "csv", "--quiet") == 1
    assert json.loads((tmp_path / "p.json").read_text())["decision"] == "fail"
    assert "race shown." in (tmp_path / "p.html").read_text()
    assert 'failures="1"' in (tmp_path / "p.xml").read_text()


@pytest.mark.parametrize(
    ("shown", "paces", "finding"),
    [
        (["pass"], [9.0], "9 × shown."),
        (["fail"], [9.0], "9 × shown."),
        (["invalid"], [9.0], "9 × shown."),
        (["stopped", "inconclusive"], [9.0, 1.0], "1 × shown. At 9 × the peak it was invalid."),
        (["inconclusive", "pass"], [9.0, 1.0], "1 × shown. At 9 × the peak it was inconclusive."),
    ],
)
def test_a_replay_beyond_the_peak_that_decides_nothing_is_followed_by_the_peak(monkeypatch, shown, paces, finding):
    asked, kept, results = [], {}, iter(shown)
    peak = SimpleNamespace(journeys_per_s=2.0, orders_per_hour=0.0)

    def replayed(_stretch, pace, least):
        asked.append(pace.time_scale / least)
        state = next(results)
        stopped = "too many failures" if state == "stopped" else ""
        return Found("invalid" if stopped else state, f"{asked[-1]:g} × shown."), stopped

    stages = SimpleNamespace(
        asked=SimpleNamespace(targets=[], quiet=True, load=SimpleNamespace(rate_cap=500.0)),
        _covered=lambda: True,
        _peak=peak,
        _load_of=lambda *_: None,
        _cut=lambda *_: SimpleNamespace(journeys_per_s=1.0, orders_per_hour=0.0),
        _judged_s=lambda: 100.0,
        _replayed=replayed,
        _keep=kept.update,
    )
    monkeypatch.setattr("sim.cli.commands.planning.poc_stages._requests_per_journey", lambda _: 1.2 * 4742 / 1800)
    found, evidence = Stages._replay(stages)
    assert (asked, found.finding, evidence) == (pytest.approx(paces, rel=0.01), finding, "replay/verdict.json")
    assert kept["times_peak"] == pytest.approx(paces[-1], rel=0.01)


@pytest.fixture(scope="module")
def poc_door():
    with door("proof of concept") as opened:
        yield opened


@mutations
@given(data=st.data())
def test_a_mutation_of_its_record_is_gone_on_with_or_refused_in_a_line(proof, poc_door, data):
    if not proof.file.exists():
        proof()
    sound = proof.file.read_text()
    try:
        proof.file.write_text(json.dumps(data.draw(mutated_tree(json.loads(sound)))))
        poc_door.ask(["poc", "--host", "http://127.0.0.1:9", "--adapter", "shop", "--out", "poc-a"])
    finally:
        proof.file.write_text(sound)
