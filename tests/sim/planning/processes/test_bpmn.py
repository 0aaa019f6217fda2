"""BPMN 2.0 XML: what is read, and what has no meaning as a sequence of steps."""

import pytest

from sim.planning.processes.bpmn import read_bpmn
from sim.planning.processes.passes import moments
from sim.planning.processes.steps import END
from sim.records.refusal import Refusal

FRAME = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><bpmn:process id="P">{}</bpmn:process></bpmn:definitions>'
)
NODES = (
    '<bpmn:startEvent id="S"/><bpmn:task id="T1" name="Greet: 5 s"/><bpmn:exclusiveGateway id="G" name="Card?"/>'
    '<bpmn:userTask id="T2" name="Find member (0.2 min)"/><bpmn:task id="T3" name="Enter attributes, 4 s per SKU"/>'
    '<bpmn:manualTask id="T4" name="Scan"><bpmn:extensionElements><camunda:properties>'
    '<camunda:property name="takes_s" value="{distribution: lognormal, mean: 1.6, cv: 0.3}"/>'
    '<camunda:property name="per" value="unit"/></camunda:properties></bpmn:extensionElements></bpmn:manualTask><bpmn:endEvent id="E"/>'
)


def flow(number, source, target, more=""):
    return f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}" {more}/>'


FLOWS = [
    ("S", "T1"),
    ("T1", "G"),
    ("G", "T2", 'name="no code, 30 %"'),
    ("G", "T4"),
    ("T2", "T4"),
    ("T4", "T3"),
    ("T3", "E"),
]


def written(path, nodes=NODES, flows=FLOWS):
    path.write_text(FRAME.format(nodes + "".join(flow(n, *each) for n, each in enumerate(flows))), encoding="utf-8")
    return path


def test_times_branches_and_what_they_are_for_are_read(tmp_path):
    made = read_bpmn(written(tmp_path / "till.bpmn"), "till")
    assert {step.name: step.following for step in made.steps} == {
        "S": {"Greet": 1.0},
        "Greet": {"Card?": 1.0},
        "Card?": {"Find member": pytest.approx(0.3), "Scan": pytest.approx(0.7)},
        "Find member": {"Scan": 1.0},
        "Enter attributes": {END: 1.0},
        "Scan": {"Enter attributes": 1.0},
    }
    assert moments(made, "ticket")[0] == pytest.approx(5 + 0.3 * 12)
    assert moments(made, "unit") == pytest.approx((1.6, 0.48**2))
    assert moments(made, "sku") == (4, 0)


def test_two_tasks_of_one_name_are_told_apart_by_their_ids(tmp_path):
    nodes = '<bpmn:startEvent id="S"/><bpmn:task id="A" name="Wait: 1 s"/><bpmn:task id="B" name="Wait: 2 s"/>'
    made = read_bpmn(written(tmp_path / "a.bpmn", nodes, [("S", "A"), ("A", "B")]), "till")
    assert [step.name for step in made.steps] == ["S", "Wait (A)", "Wait (B)"]
    assert moments(made, "ticket") == (3, 0)


@pytest.mark.parametrize(
    ("name", "per", "time_s"),
    [
        ("Scan items 12s", "ticket", 12),
        ("扫描商品：2.5 秒/件", "unit", 2.5),
        ("录入属性（4秒 每商品）", "sku", 4),
        ("Look up: 1.5 minutes", "ticket", 90),
        ("Weigh (3 seconds per item)", "unit", 3),
        ("Pay, 9 sec per payment", "payment", 9),
        ("Call: 0.5 h", "ticket", 1800),
    ],
)
def test_a_time_stands_at_the_end_of_a_name_as_people_write_it(tmp_path, name, per, time_s):
    nodes = f'<bpmn:startEvent id="S"/><bpmn:task id="A" name="{name}"/>'
    step = read_bpmn(written(tmp_path / "a.bpmn", nodes, [("S", "A")]), "till").steps[1]
    assert (step.per, step.takes.mean) == (per, time_s)
    assert not any(sign in step.name for sign in "0123456789:：（")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("exclusiveGateway", "parallelGateway", "parallelGateway Card?: expected tasks, start and end events"),
        ("manualTask", "subProcess", "subProcess Scan: expected tasks"),
        ("Greet: 5 s", "Greet", "task Greet: expected its time at the end of its name"),
        ("per SKU", "per cow", "step Enter attributes, per: expected one of ticket, sku, unit, payment, found 'cow'"),
        ("mean: 1.6", "mean: -1", "takes_s: seconds, or a distribution of them"),
        ("no code, 30 %", "no code", "a chance on every flow but one"),
        ("no code, 30 %", "no code, 130 %", "a chance from 0 to 1"),
        ('sourceRef="T1" targetRef="G"', 'sourceRef="T1" targetRef="X"', "targetRef: the id of a node, found 'X'"),
        ('sourceRef="T2" targetRef="T4"', 'sourceRef="T1" targetRef="T4"', "task Greet: expected one flow out of it"),
        ('<bpmn:startEvent id="S"/>', "", "sourceRef: the id of a node, found 'S'"),
        ("<bpmn:definitions", "<!DOCTYPE x><bpmn:definitions", "without a document type"),
        ("</bpmn:process>", "", "BPMN 2.0 XML"),
        ('id="P"', 'id="P"/><bpmn:process id="Q"', None),
    ],
)  # fmt: skip
def test_what_is_no_sequence_of_steps_is_refused_by_name(tmp_path, old, new, line):
    path = written(tmp_path / "till.bpmn")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    if line is None:  # a second pool without tasks is no process to choose
        assert read_bpmn(path, "till").steps
        return
    with pytest.raises(Refusal) as refusal:
        read_bpmn(path, "till")
    assert line in str(refusal.value)
