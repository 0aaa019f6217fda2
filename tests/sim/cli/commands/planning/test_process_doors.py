"""Processes as people bring them: YAML, BPMN 2.0 XML and event logs, each of which works or is refused in one line."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.processes.process_file import load

from .....doors import door, mutated_bytes, mutated_tree, mutations
from ....planning.processes.test_bpmn import written
from .test_process import AS_IS, OFFICE, SCENARIO

PERT = {"distribution": "pert", "low": 1, "mode": 2, "high": 9}
SOUND = {
    "name": "x",
    "till": {"steps": [*AS_IS["till"]["steps"], {"name": "Pay", "per": "payment", "takes_s": PERT}]},
    "back_office": OFFICE,
}
SOUND["till"]["steps"][3] = SOUND["till"]["steps"][3] | {"next": {"Type": 0.2, "Pay": 0.8}}
LOG = "case,activity,start,end\n" + "".join(
    f"{case},{name},2026-10-0{1 + case // 10} 09:{case:02d}:{10 * at:02d},2026-10-0{1 + case // 10} 09:{case:02d}:{10 * at + 7:02d}\n"
    for case in range(12)
    for at, name in enumerate(("Greet", "Scan", "Pay"))
)


@pytest.fixture(scope="module")
def process_door():
    with door("process") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "to-be.yaml").write_text(yaml.safe_dump(SOUND, sort_keys=False))
    small = SCENARIO | {"days": 1, "online": {"orders_per_day": 3}}
    small["stores"] = [SCENARIO["stores"][0] | {"customers_per_day": 5}]
    (tmp_path / "chain.yaml").write_text(yaml.safe_dump(small))
    written(tmp_path / "sound.bpmn")
    return tmp_path


def asked(file):
    return ["process", file, file, "--scenario", "chain.yaml", "--replications", "2", "--quiet"]


def test_the_sound_files_are_read(folder):
    (folder / "log.csv").write_text(LOG)
    assert set(load(folder / "to-be.yaml", "till").of) == {"till", "back_office"}
    assert len(load(folder / "log.csv", "till").of["till"].steps) == 5
    assert len(load(folder / "sound.bpmn", "till").of["till"].steps) == 6


@mutations
@given(data=st.data())
def test_a_mutation_of_steps_is_played_or_refused(folder, process_door, data):
    tree = data.draw(mutated_tree(SOUND))
    try:
        text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    except yaml.YAMLError:
        text = json.dumps(tree)
    (folder / "mutated.yaml").write_text(text, encoding="utf-8", errors="backslashreplace")
    process_door.ask(asked("mutated.yaml"))


@mutations
@given(data=st.data())
def test_a_mutation_of_a_diagram_is_played_or_refused(folder, process_door, data):
    (folder / "mutated.bpmn").write_bytes(data.draw(mutated_bytes((folder / "sound.bpmn").read_bytes())))
    process_door.ask(asked("mutated.bpmn"))


@mutations
@given(data=st.data())
def test_a_mutation_of_an_event_log_is_played_or_refused(folder, process_door, data):
    (folder / "mutated.csv").write_bytes(data.draw(mutated_bytes(LOG.encode())))
    process_door.ask(asked("mutated.csv"))
