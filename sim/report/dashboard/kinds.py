"""The kinds of results that the dashboard shows: by which record each is recognised, who reads it, and how it becomes a result to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.drills import Drills
from sim.records.decisions.gate import Gate
from sim.records.decisions.goals import Goals
from sim.records.decisions.health import Health
from sim.records.decisions.pilots import PilotAnalysis, PilotDesign
from sim.records.decisions.poc import ProofOfConcept
from sim.records.decisions.process import ProcessComparison
from sim.records.decisions.study import Study
from sim.records.decisions.vendors import Ranking
from sim.records.load_run import LoadRun, Record
from sim.records.outcome import Manifest
from sim.records.oversell import Race
from sim.records.predictions.backtest import Backtest
from sim.records.predictions.score import Score
from sim.records.rollout.comparison import Rollouts
from sim.records.verdict import Comparison
from sim.report.exports.of_comparison import of_comparison
from sim.report.exports.of_decisions import of_drills, of_health, of_vendors
from sim.report.exports.of_findings import of_capacity, of_check, of_race
from sim.report.exports.of_gates import of_gate, of_goals, of_poc
from sim.report.exports.of_pilots import of_analysis, of_design
from sim.report.exports.of_predictions import of_backtest, of_score
from sim.report.exports.of_process import of_process
from sim.report.exports.of_study import of_study
from sim.report.exports.result import Result
from sim.report.languages import Language, text
from sim.report.rollouts.tables import of_rollouts

View = Literal["planner", "qa", "architect"]
"""Whose page it is."""


@dataclass(frozen=True)
class Kind:
    """A kind of result."""

    key: str
    record: type[Record]
    views: tuple[View, ...]
    """The pages on which it stands."""
    show: Callable[[Any, Language], Result] | None
    """Of the record; None where the result is the folder of the record."""


RUN = Kind("run", Manifest, ("planner", "architect"), None)
LOAD_TEST = Kind("load test", LoadRun, ("qa",), None)
KINDS = (
    Kind("vendors", Ranking, ("architect",), of_vendors),
    Kind("poc", ProofOfConcept, ("architect", "qa"), of_poc),
    RUN,
    LOAD_TEST,
    Kind("comparison", Comparison, ("qa", "architect"), of_comparison),
    Kind("capacity", Capacity, ("qa", "architect"), of_capacity),
    Kind("check", Checkup, ("qa", "architect"), of_check),
    Kind("race", Race, ("qa",), of_race),
    Kind("study", Study, ("planner",), of_study),
    Kind("rollout", Rollouts, ("planner",), of_rollouts),
    Kind("goals", Goals, ("planner",), of_goals),
    Kind("gate", Gate, ("planner",), of_gate),
    Kind("drills", Drills, ("planner",), of_drills),
    Kind("health", Health, ("planner", "qa"), of_health),
    Kind("pilot design", PilotDesign, ("planner",), of_design),
    Kind("pilot analysis", PilotAnalysis, ("planner",), of_analysis),
    Kind("process", ProcessComparison, ("planner",), of_process),
    Kind("backtest", Backtest, ("planner",), of_backtest),
    Kind("score", Score, ("planner",), of_score),
)
"""In the order in which a page lists them."""


def recognised(held: dict[str, Any]) -> Kind | None:
    """The kind of a JSON document: the one of whose record it has every required field, and of several the one with most of them."""
    fits = [(len(needed), kind) for kind in KINDS if (needed := _required(kind.record)) <= held.keys()]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def kind_name(kind: Kind, lang: Language) -> str:
    """What a page calls the results of a kind."""
    return {
        "vendors": text("Comparisons of vendors", lang),
        "poc": text("Proofs of concept", lang),
        "run": text("Runs", lang),
        "load test": text("Load tests", lang),
        "comparison": text("Load tests side by side", lang),
        "capacity": text("Capacity", lang),
        "check": text("Checks of a platform", lang),
        "race": text("Races for the last units", lang),
        "study": text("Studies", lang),
        "rollout": text("Rollouts", lang),
        "goals": text("Goals", lang),
        "gate": text("Gates", lang),
        "drills": text("Drills", lang),
        "health": text("Quarterly health", lang),
        "pilot design": text("Designs of pilots", lang),
        "pilot analysis": text("Analyses of pilots", lang),
        "process": text("Processes", lang),
        "backtest": text("Backtests", lang),
        "score": text("Scores of predictions", lang),
    }[kind.key]


def _required(record: type[Record]) -> set[str]:
    return {name for name, field in record.model_fields.items() if field.is_required()}
