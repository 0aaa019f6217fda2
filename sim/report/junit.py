"""A verdict as JUnit XML, the form in which pipelines collect results: a test case for the verdict and for each target that binds."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from sim.evidence.words import bound, span
from sim.records.verdict import Finding, Verdict
from sim.records.whole import whole
from sim.report import lines


def write_junit(verdict: Verdict, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a test suite: what fails is a failure, what is invalid an error, and what is inconclusive a failure of that type.

    Nothing but a pass is green, so that a pipeline which reads this file agrees with one that reads the exit status. With `inconclusive_ok`,
    under which that status is 0, what is inconclusive counts as skipped.
    """
    cases = [_case("verdict", verdict.decision, verdict.sentence, verdict.window_s)]
    cases += [_case(_name(f), _alone(verdict, f), bound(f), verdict.window_s) for f in verdict.findings if f.binding]
    suite = ElementTree.Element("testsuite", name="retail-lab verdict", hostname=verdict.host, tests=str(len(cases)))
    if inconclusive_ok:
        for case in cases:
            for child in case.findall("failure[@type='inconclusive']"):
                child.tag = "skipped"
    for kind, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(kind) is not None for case in cases)))
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
    tables = [*lines.journeys(verdict), *lines.steps(verdict)]
    return [
        line
        for line in (*tables, *verdict.reasons, *verdict.window_supports, verdict.stock_sentence, *informing)
        if line
    ]


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold: error texts may carry them."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
