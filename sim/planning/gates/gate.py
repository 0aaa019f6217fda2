"""A gate: its conditions judged from the records under a folder, and the decision: NO-GO before NOT KNOWN before GO."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sim.planning.evidence.records import gather
from sim.planning.gates import conditions
from sim.planning.gates.plan import live_after, read_plan, scenario_of, wave_of
from sim.planning.gates.setting import Setting
from sim.planning.goals.goal_file import sha256
from sim.records.decisions.gate import DECISION, Condition, Gate, State
from sim.records.refusal import Refusal

NAMED = 5
"""Conditions that the sentence names."""


def gate(plan_file: Path, wave_name: str, folder: Path, on: date, host: str = "") -> Gate:
    """Judge the conditions of a wave on a day.

    Args:
        plan_file: the plan (YAML).
        wave_name: of one of its waves.
        folder: of the evidence; every record below it is read.
        on: the day.
        host: base URL of the system, in place of the plan's.

    Evidence that is missing, unreadable, undated, too old, or of another host or scenario leaves its condition not known, with the reason.
    Raises `Refusal` for a plan that cannot be used, a wave that it does not have, a folder that is not there, and where no host is named.
    """
    plan = read_plan(plan_file)
    system = host or plan.host
    if not system:
        raise Refusal(plan_file, "host", "the system that goes live, here or as --host URL", "nothing")
    wave = wave_of(plan, wave_name)
    scenario = scenario_of(plan_file, plan)
    live = live_after(plan_file, plan, wave, scenario)
    if not folder.is_dir():
        raise Refusal("--evidence", folder, "a folder with records", "a file" if folder.exists() else "no such folder")
    at = Setting(plan, wave, live, scenario, system, gather(folder), on)
    judged = {
        "verdict": lambda: [conditions.verdict(at)],
        "headroom": lambda: [conditions.headroom(at)],
        "oversell": lambda: [conditions.oversell(at)],
        "reconciliation": lambda: [conditions.reconciliation(at)],
        "training": lambda: [conditions.training(at, plan_file)],
        "goals": lambda: conditions.goals(at, plan_file),
    }
    left_out = [name for name in judged if name in plan.conditions.left_out]
    found = [each for name, judge in judged.items() if name not in left_out for each in judge()]
    state = decided(found)
    return Gate(
        plan=plan.name,
        plan_sha256=sha256(plan_file),
        wave=wave.name,
        go_live=wave.go_live.isoformat(),
        host=system,
        evidence=str(folder),
        judged_on=on.isoformat(),
        max_age_days=plan.conditions.max_age_days,
        stores_after=live.number,
        peak_orders_per_hour=at.peak_orders_per_hour,
        decision=DECISION[state],
        sentence=_sentence(state, wave.name, found),
        conditions=found,
        left_out=left_out,
        notes=[str(each) for each in at.evidence.unread],
    )


def decided(found: list[Condition]) -> State:
    """Any NO-GO is NO-GO; else any NOT KNOWN, or no condition at all, is NOT KNOWN; else GO."""
    states = {each.state for each in found}
    return "NO-GO" if "NO-GO" in states else "NOT KNOWN" if "NOT KNOWN" in states or not states else "GO"


def _sentence(state: State, wave: str, found: list[Condition]) -> str:
    if state == "GO":
        return f"GO for {wave}: all {len(found)} conditions hold."
    wrong = _names([each.name for each in found if each.state == "NO-GO"])
    open_ = _names([each.name for each in found if each.state == "NOT KNOWN"])
    if state == "NOT KNOWN":
        return f"NOT KNOWN for {wave}: {open_ or 'the plan asks for nothing'}."
    return f"NO-GO for {wave}: {wrong}.{f' Not known: {open_}.' if open_ else ''}"


def _names(names: list[str]) -> str:
    more = f"; {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{'; '.join(names[:NAMED])}{more}"
