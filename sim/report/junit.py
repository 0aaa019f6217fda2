"""A verdict as JUnit XML, the form in which pipelines collect results: a test case for the verdict and for each target that binds."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from sim.evidence.words import bound, span
from sim.records.verdict import Finding, Verdict
from sim.records.whole import whole


def write_junit(verdict: Verdict, path: Path | str) -> None:
    """Write a test suite: what fails is a failure, what is invalid an error, and what is inconclusive a failure of that type.

    Nothing but a pass is green, so that a pipeline which reads this file agrees with one that reads the exit status.
    """
    cases = [_case("verdict", verdict.decision, verdict.sentence, verdict.window_s)]
    cases += [_case(_name(f), _alone(verdict, f), bound(f), verdict.window_s) for f in verdict.findings if f.binding]
    suite = ElementTree.Element("testsuite", name="retail-lab verdict", hostname=verdict.host, tests=str(len(cases)))
    for kind in ("failure", "error"):
        suite.set(f"{kind}s", str(sum(case.find(kind) is not None for case in cases)))
    suite.extend(cases)
    ElementTree.SubElement(suite, "system-out").text = _clean("\n".join(_said(verdict)))
    ElementTree.indent(suite)
    with whole(path) as aside:
        ElementTree.ElementTree(suite).write(aside, encoding="utf-8", xml_declaration=True)


def _case(name: str, decision: str, said: str, window_s: float) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="retail-lab", name=name, time=f"{window_s:.3f}")
    if decision != "pass":
        kind = "error" if decision == "invalid" else "failure"
        ElementTree.SubElement(case, kind, type=decision, message=_clean(said)).text = _clean(said)
    return case


def _alone(verdict: Verdict, finding: Finding) -> str:
    """What a target's own case says: where the run proves nothing, neither does it."""
    return verdict.decision if verdict.decision == "invalid" else finding.decision


def _name(finding: Finding) -> str:
    return finding.quantity if finding.scope == "all requests" else f"{finding.scope}: {finding.quantity}"


def _said(verdict: Verdict) -> list[str]:
    informing = [f"{_name(f)}: {span(f)}" for f in verdict.findings if not f.binding]
    return [line for line in (*verdict.reasons, *verdict.window_supports, verdict.stock_sentence, *informing) if line]


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold: error texts may carry them."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
