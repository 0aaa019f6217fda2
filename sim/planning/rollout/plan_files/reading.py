"""Which files hold tasks, and what a plan becomes of one: alone, or beside what its YAML says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.planning.file_fields import refuse
from sim.planning.rollout.plan_files.document import document
from sim.planning.rollout.plan_files.imported import Imported, Three
from sim.planning.rollout.plan_files.project_xml import read_project
from sim.planning.rollout.plan_files.task_table import read_table
from sim.planning.rollout.sections.amounts import FIXED
from sim.planning.rollout.sections.project import TasksFrom
from sim.records.refusal import Refusal
from sim.scenario.layers import Layer, lay

TABLES = (".csv", ".csv.gz", ".tsv", ".xlsx", ".xlsm", ".xls", ".parquet")
KINDS = ".xml, .csv, .xlsx, .xls or .parquet"


class _Section(BaseModel):
    tasks_from: TasksFrom


class _Asked(BaseModel):
    """A plan's `rollout.tasks_from`; its other fields are read later."""

    rollout: _Section


def has_tasks(path: Path) -> bool:
    """Whether a file is one of tasks by its name, and no YAML."""
    return path.name.lower().endswith((".xml", *TABLES))


def read_tasks(path: Path) -> Imported:
    """The file of tasks. Raises `Refusal`."""
    if not has_tasks(path):
        raise Refusal(path, "", f"a file of tasks: {KINDS}", path.suffix or path.name)
    return read_project(path) if path.name.lower().endswith(".xml") else read_table(path)


def alone(path: Path, spread: Three = FIXED) -> dict[str, Any]:
    """A plan out of a file of tasks alone; its waves are milestones with stores. Raises `Refusal`."""
    made = document(read_tasks(path), spread)
    if not made["waves"]:
        expected = (
            "a milestone with stores, such as `East live (18 stores)` or a column stores, or a YAML plan with waves "
            f"and `rollout: {{tasks_from: {path.name}}}`"
        )
        raise Refusal(path, "", expected, "none")
    if "start" not in made["rollout"]:
        raise Refusal(path, "", "a start of the project, or a column start with days", "nothing")
    return {"name": _name(path), **made}


def located(path: Path, held: dict[str, Any]) -> dict[str, Any]:
    """A plan's document with the file of its `rollout.tasks_from` found beside it, as a path. Raises `Refusal`."""
    rollout = held.get("rollout")
    if not isinstance(rollout, dict) or rollout.get("tasks_from") is None:
        return held
    given = rollout["tasks_from"]
    rollout = rollout | {"tasks_from": {"file": given} if isinstance(given, str) else given}
    try:
        asked = _Asked.model_validate({"rollout": rollout}).rollout.tasks_from
    except ValidationError as error:
        refuse(path, {"rollout": rollout}, error, "a plan")
    return held | {"rollout": rollout | {"tasks_from": {"file": path.parent / asked.file, "spread": asked.spread}}}


def beside(path: Path, held: dict[str, Any]) -> dict[str, Any]:
    """A plan's document with the tasks of the file that it names laid below what it says itself. Raises `Refusal`.

    A list of tasks or notes in the plan is added to that of the file; a mapping changes tasks of the file by name.
    """
    rollout = held.get("rollout")
    if not isinstance(rollout, dict) or not isinstance(rollout.get("tasks_from"), dict):
        return held
    file, spread = (rollout["tasks_from"][name] for name in ("file", "spread"))
    waves = held["waves"] if isinstance(held.get("waves"), list) else None
    made = document(read_tasks(file), spread, None if waves is None else [_called(wave) for wave in waves])
    said: dict[str, Any] = {
        name: [*made["rollout"][name], *rollout[name]]
        for name in ("tasks", "notes")
        if isinstance(rollout.get(name), list)
    }
    said["tasks_from"] = {"file": file.name, "spread": spread}
    held = held | {"rollout": rollout | said}
    if waves is not None:
        lower = {wave["name"]: wave for wave in made["waves"]}
        held["waves"] = [lower.get(_called(wave), {}) | wave if isinstance(wave, dict) else wave for wave in waves]
    return lay(made, held, Layer(str(path), held, path))


def _called(wave: object) -> str:
    return str(wave.get("name", "")) if isinstance(wave, dict) else ""


def _name(path: Path) -> str:
    """A plan's name out of that of its file."""
    return re.sub(r"[^\w .-]+", " ", path.name.partition(".")[0]).strip()[:80].strip() or "plan"
