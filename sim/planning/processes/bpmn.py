"""BPMN 2.0 XML: the tasks, events, exclusive gateways and flows of one process. What has no meaning as a sequence of steps is refused.

A task's time stands in its name (`Enter attributes: 4 s per SKU`), or in extension properties `takes_s` (a number or a distribution) and `per`;
a branch's chance in the flow's name or condition (`no card, 30 %`), or in a property `chance`.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from pydantic import TypeAdapter, ValidationError

from sim.planning.processes.steps import END, PARTS, Kind, Process, Step, WrongProcess, process
from sim.records.refusal import Refusal
from sim.scenario.documents import parse
from sim.scenario.sections.distributions import Constant, Varying, VaryingSeconds
from sim.tables.bounded_xml import read_xml

_TASKS = {"task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask", "callActivity"}  # fmt: skip
_PASSED = {"startEvent", "endEvent", "exclusiveGateway", "intermediateThrowEvent"}
_NO_STEP = {"laneSet", "dataObject", "dataObjectReference", "dataStoreReference", "documentation", "extensionElements", "textAnnotation",
            "association", "ioSpecification", "property", "group", "category"}  # fmt: skip
_UNIT_S = {"s": 1.0, "秒": 1.0, "m": 60.0, "分": 60.0, "h": 3600.0, "小": 3600.0}
"""By the character with which a unit begins."""
_CALLED = {
    "item": "unit", "piece": "unit", "件": "unit", "article": "sku", "商品": "sku", "品": "sku", "票": "ticket", "小票": "ticket",
    "单": "order", "订单": "order", "包裹": "parcel", "行": "line", "付款": "payment",
}  # fmt: skip
"""Other names of parts."""
_TIMED = re.compile(
    r"(?P<name>.*?)[\s:：,，(（]*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h|秒钟?|分钟?|小时)"
    r"(?:\s*(?:per|each|/|每)\s*(?:个)?(?P<per>[A-Za-z]+|件|商品|品|小票|票|订单|单|包裹|行|付款))?\s*[)）]?",
    re.IGNORECASE | re.DOTALL,
)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_SECONDS: TypeAdapter[Varying] = TypeAdapter(VaryingSeconds)


def read_bpmn(path: Path, kind: Kind) -> Process:
    """The process of a BPMN file. Raises `Refusal` that names the element."""
    root = read_xml(path, "BPMN 2.0 XML")
    filled = [each for each in root.iter() if _tag(each) == "process" and any(_tag(node) in _TASKS for node in each)]
    if len(filled) != 1:
        raise Refusal(path, "process", "one process with tasks (a file for each pool)", f"{len(filled)}")
    try:
        return _Diagram(filled[0], kind).process()
    except WrongProcess as wrong:
        raise Refusal(path, wrong.where, wrong.expected, wrong.found) from None


class _Diagram:
    """The nodes and flows of a process, by their ids."""

    def __init__(self, element: ElementTree.Element, kind: Kind):
        self.kind = kind
        self.nodes: dict[str, ElementTree.Element] = {}
        self.out: dict[str, list[ElementTree.Element]] = {}
        flows = []
        for node in element:
            tag, key = _tag(node), node.get("id", "")
            if tag == "sequenceFlow":
                flows.append(node)
            elif tag in _TASKS | _PASSED:
                if not key or key in self.nodes:
                    raise WrongProcess(f"{tag} {key}", "an id of its own", key or "none")
                self.nodes[key] = node
            elif tag not in _NO_STEP:
                expected = "tasks, start and end events, exclusive gateways and sequence flows alone"
                raise WrongProcess(f"{tag} {_said(node)}", expected, tag)
        for flow in flows:
            for end in ("sourceRef", "targetRef"):
                if flow.get(end) not in self.nodes:
                    raise WrongProcess(f"sequenceFlow {flow.get('id', '')}", f"{end}: the id of a node", flow.get(end))
            self.out.setdefault(flow.get("sourceRef", ""), []).append(flow)
        self.names = self._names()

    def process(self) -> Process:
        """The process, its start event first. Raises `WrongProcess`."""
        starts = [key for key, node in self.nodes.items() if _tag(node) == "startEvent"]
        if len(starts) != 1:
            raise WrongProcess("startEvent", "one start event", len(starts))
        others = [key for key in self.nodes if key != starts[0] and _tag(self.nodes[key]) != "endEvent"]
        return process(self.kind, [self._step(key) for key in (*starts, *others)])

    def _names(self) -> dict[str, str]:
        """A name for each node: its own without the time, with the id where two have the same."""
        plain = {}
        for key, node in self.nodes.items():
            timed = _TIMED.fullmatch(_said(node))
            plain[key] = (timed["name"].strip() if timed else _said(node)) or key
        names = list(plain.values())
        return {key: f"{name} ({key})" if names.count(name) > 1 or name == END else name for key, name in plain.items()}

    def _step(self, key: str) -> Step:
        node = self.nodes[key]
        takes, per = self._time(node) if _tag(node) in _TASKS else (Constant(value=0), "")
        return Step(self.names[key], per or PARTS[self.kind][0], takes, self._following(key, node))

    def _time(self, node: ElementTree.Element) -> tuple[Varying, str]:
        own, timed, where = _properties(node), _TIMED.fullmatch(_said(node)), f"task {_said(node)}"
        said = (own.get("per") or (timed["per"] if timed else "") or "").lower()
        per = _CALLED.get(said, said)
        if "takes_s" in own:
            try:
                return _SECONDS.validate_python(parse(own["takes_s"], Path("takes_s"))), per
            except (ValidationError, Refusal):
                raise WrongProcess(where, "takes_s: seconds, or a distribution of them", own["takes_s"]) from None
        if timed is None:
            raise WrongProcess(where, "its time at the end of its name, such as `: 12 s` or `: 4 s per SKU`", "none")
        seconds = float(timed["number"]) * _UNIT_S[timed["unit"][0].lower()]
        if seconds > 1e6:
            raise WrongProcess(where, "a time from 0 to 1,000,000 s", f"{seconds:g} s")
        return Constant(value=seconds), per

    def _following(self, key: str, node: ElementTree.Element) -> dict[str, float]:
        flows = self.out.get(key, [])
        if not flows:
            return {END: 1.0}
        where = f"{_tag(node)} {self.names[key]}"
        if len(flows) > 1 and _tag(node) != "exclusiveGateway":
            raise WrongProcess(where, "one flow out of it (an exclusive gateway where paths part)", f"{len(flows)}")
        shares = [1.0] if len(flows) == 1 else [_share(flow) for flow in flows]
        open_ = [at for at, share in enumerate(shares) if share is None]
        if len(open_) > 1:
            raise WrongProcess(
                where, "a chance on every flow but one, such as `no card, 30 %`", f"{len(open_)} without"
            )
        rest = 1 - sum(share for share in shares if share is not None)
        following: dict[str, float] = {}
        for flow, share in zip(flows, shares, strict=True):
            target = flow.get("targetRef", "")
            name = END if _tag(self.nodes[target]) == "endEvent" else self.names[target]
            following[name] = following.get(name, 0.0) + (rest if share is None else share)
        return following


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _said(node: ElementTree.Element) -> str:
    return " ".join((node.get("name") or node.get("id") or "").split())[:200]


def _properties(node: ElementTree.Element) -> dict[str, str]:
    """Extension properties, of whatever modeller: elements with a name and a value."""
    within = [each for part in node if _tag(part) == "extensionElements" for each in part.iter()]
    return {each.get("name", ""): each.get("value", "") for each in within if each.get("name") and each.get("value")}


def _share(flow: ElementTree.Element) -> float | None:
    """The chance of a flow; None where it says none."""
    if own := _properties(flow).get("chance"):
        found = _SHARE.search(own) or re.fullmatch(r"\s*(\d*\.?\d+)\s*", own)
        return None if found is None else float(found[1]) / (100 if "%" in own or "％" in own else 1)
    conditions = [each.text or "" for each in flow if _tag(each) == "conditionExpression"]
    found = _SHARE.search(" ".join([flow.get("name") or "", *conditions]))
    return float(found[1]) / 100 if found else None
