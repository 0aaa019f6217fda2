"""A check of a platform as the record that is written and reported, with its decision."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from loadtests.adapters.draft.openapi.coverage import Documented
from loadtests.checks import conformance
from loadtests.checks.session import Trial
from sim.evidence.wording import count
from sim.records.conformance import AccessAttempt, Call, Checkup, Described, JourneyCheck, Reached
from sim.records.verdict import Decision


def report(trial: Trial, checked: conformance.Checkup, documented: Documented | None = None) -> Checkup:
    """The record of a check, with its calls compared with an OpenAPI description where there is one."""
    described, findings = None, list(checked.findings)
    if documented:
        called = documented.called(checked.sent, trial.target.base_path)
        described = Described(calls=len(checked.sent), called=len(called), operations=len(documented.operations))
        findings += documented.missing(checked.sent, trial.target.base_path)
    journeys = [JourneyCheck(journey=line.journey, state=line.state, calls=_calls(line)) for line in checked.lines]
    access = [AccessAttempt(reader=each.reader, state=each.state, because=each.because) for each in checked.access]
    untried = [
        *checked.untried,
        *(f"{each.journey} beyond its refusal" for each in journeys if each.state == "refused"),
    ]
    transport = checked.transport
    return Checkup(
        run_id=trial.adapter.run_id,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        host=trial.host,
        adapter=trial.adapter.name,
        reached=Reached(tls=transport.version, days=transport.days, in_clear=transport.in_clear, error=transport.error),
        journeys=journeys,
        access=access,
        described=described,
        made=list(checked.made),
        made_fate=checked.fate,
        findings=findings,
        untried=untried,
        decision=_decision(findings, untried),
        sentence=_sentence(findings, untried),
    )


def _calls(line: conformance.Line) -> list[Call]:
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
