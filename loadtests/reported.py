"""A check of a platform as the record that leaves the lab, with what it comes to."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from loadtests import checkup
from loadtests.draft.openapi import Documented
from loadtests.trial import Trial
from sim.evidence.words import count
from sim.records.checkup import AccessAttempt, Call, Checkup, Described, JourneyCheck, Reached
from sim.records.verdict import Decision


def report(trial: Trial, found: checkup.Checkup, documented: Documented | None = None) -> Checkup:
    """The record of a check, with its calls held against a description where there is one."""
    described, findings = None, list(found.findings)
    if documented:
        called = documented.called(found.sent, trial.target.base_path)
        described = Described(calls=len(found.sent), called=len(called), operations=len(documented.operations))
        findings += documented.missing(found.sent, trial.target.base_path)
    journeys = [JourneyCheck(journey=line.journey, state=line.state, calls=_calls(line)) for line in found.lines]
    access = [AccessAttempt(reader=each.reader, state=each.state, because=each.because) for each in found.access]
    untried = [*found.untried, *(f"{each.journey} beyond its refusal" for each in journeys if each.state == "refused")]
    transport = found.transport
    return Checkup(
        run_id=trial.adapter.run_id,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        host=trial.host,
        adapter=trial.adapter.name,
        reached=Reached(tls=transport.version, days=transport.days, in_clear=transport.in_clear, error=transport.error),
        journeys=journeys,
        access=access,
        described=described,
        made=list(found.made),
        made_fate=found.fate,
        findings=findings,
        untried=untried,
        decision=_decision(findings, untried),
        sentence=_sentence(findings, untried),
    )


def _calls(line: checkup.Line) -> list[Call]:
    return [
        Call(
            step=each.step,
            outcome=each.outcome,
            status=each.status,
            error=each.error or "",
            service_s=0.0 if math.isnan(each.service_s) else each.service_s,
            body=each.body,
        )
        for each in line.requests
    ]


def _decision(findings: list[str], untried: list[str]) -> Decision:
    return "fail" if findings else "inconclusive" if untried else "pass"


def _sentence(findings: list[str], untried: list[str]) -> str:
    missing = f", {len(untried)} not tried: {', '.join(untried)}" if untried else ""
    return f"{count(len(findings), 'finding')}{missing}"
