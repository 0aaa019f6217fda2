"""Findings as JUnit XML for pipelines: one suite, a test case for each finding.

Fail is a failure, invalid an error, inconclusive a failure of that type (skipped with `inconclusive_ok`), and not covered is skipped. Only a pass
is green, so that the file and the exit status agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sim.evidence.difference.sentence import bound as bound_of_difference
from sim.evidence.wording import bound, span
from sim.records.atomic_files import whole
from sim.records.verdict import Comparison, Difference, Finding, Verdict
from sim.report import text_tables

_KINDS = {"fail": "failure", "inconclusive": "failure", "invalid": "error", "not covered": "skipped"}


@dataclass(frozen=True)
class Case:
    """One test case. decision: a verdict's, or `not covered` where there was nothing to judge."""

    name: str
    decision: str
    said: str
    time_s: float
    group: str = "retail-lab"


def write_suite(
    path: Path | str, name: str, host: str, cases: Sequence[Case], said: Iterable[str], inconclusive_ok: bool = False
) -> None:
    """Write a suite of cases; `said` are lines that belong to all of them."""
    made = [_case(case, inconclusive_ok) for case in cases]
    suite = ElementTree.Element("testsuite", name=f"retail-lab {name}", hostname=host, tests=str(len(made)))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(kind) is not None for case in made)))
    suite.extend(made)
    ElementTree.SubElement(suite, "system-out").text = _clean("\n".join(said))
    ElementTree.indent(suite)
    with whole(path) as aside:
        ElementTree.ElementTree(suite).write(aside, encoding="utf-8", xml_declaration=True)


def write_junit(verdict: Verdict, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a verdict as a suite: a case for itself and for each target that binds."""
    cases = [Case("verdict", verdict.decision, verdict.sentence, verdict.window_s)]
    cases += [Case(_name(f), _alone(verdict, f), bound(f), verdict.window_s) for f in verdict.findings if f.binding]
    write_suite(path, "verdict", verdict.host, cases, _said(verdict), inconclusive_ok)


def write_comparison_junit(found: Comparison, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a comparison as a suite: a case for itself and for each margin."""
    cases = [Case("against", found.decision, found.sentence, 0.0)]
    invalid = found.decision == "invalid"
    cases += [
        Case(_name(each), "invalid" if invalid else each.decision, bound_of_difference(each), 0.0)
        for each in found.differences
        if each.binding
    ]
    said = [*text_tables.differences(found), *found.reasons]
    write_suite(path, "verdict --against", found.a.host, cases, said, inconclusive_ok)


def _case(case: Case, inconclusive_ok: bool) -> ElementTree.Element:
    made = ElementTree.Element("testcase", classname=case.group, name=_clean(case.name), time=f"{case.time_s:.3f}")
    if case.decision != "pass":
        excused = case.decision == "inconclusive" and inconclusive_ok
        kind = "skipped" if excused else _KINDS[case.decision]
        message = _clean(case.said)
        ElementTree.SubElement(made, kind, type=case.decision, message=message).text = message
    return made


def _alone(verdict: Verdict, finding: Finding) -> str:
    """Decision of a target's own case: invalid where the run is invalid."""
    return verdict.decision if verdict.decision == "invalid" else finding.decision


def _name(finding: Finding | Difference) -> str:
    return finding.quantity if finding.scope == "all requests" else f"{finding.scope}: {finding.quantity}"


def _said(verdict: Verdict) -> list[str]:
    informing = [f"{_name(f)}: {span(f)}" for f in verdict.findings if not f.binding]
    tables = [*text_tables.journeys(verdict), *text_tables.steps(verdict)]
    return [
        line
        for line in (*tables, *verdict.reasons, *verdict.window_supports, verdict.stock_sentence, *informing)
        if line
    ]


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold: error texts may carry them."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
