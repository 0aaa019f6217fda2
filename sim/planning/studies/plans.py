"""A study before it is played: the scenario of each of its points, and whether their replications pair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.planning.studies.study_file import StudyFile
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.study.compare import refuse_unpaired_scenarios
from sim.study.designs.factors import Factor, Point
from sim.study.designs.points import DESIGNS


@dataclass(frozen=True)
class Planned:
    """A study with the scenario of each of its points, those of one scenario after those of another."""

    file: StudyFile
    factors: tuple[Factor, ...]
    points: tuple[tuple[Scenario, Point], ...]

    @property
    def first(self) -> Scenario:
        """The scenario of the first point."""
        return self.points[0][0]


def plan(file: StudyFile, overrides: Sequence[str] = (), *, allow_code: bool = False) -> Planned:
    """Load the scenario of every point. Raises `Refusal` for one that is not sound, and for points whose differences cannot be paired."""
    common = [f"{path}={json.dumps(value, ensure_ascii=False, default=str)}" for path, value in file.overrides.items()]
    common += [*overrides, "trace=null", "replications=1"]
    points: list[tuple[Scenario, Point]] = []
    for name in file.scenarios:
        seed = load(name, common, allow_code=allow_code).seed
        for point in DESIGNS[file.design](file.varied, file.points or 0, seed):
            flags = [f"{path}={json.dumps(level, ensure_ascii=False, default=str)}" for path, level in point.items()]
            scenario = load(name, [*common, *flags], allow_code=allow_code)
            points.append((scenario, point))
            refuse_unpaired_scenarios(points[0][0], scenario, name, "at the first point")
    if file.warmup and points[0][0].horizon == "terminating":
        expected = "steady_state, or none, beside the study's warmup: a terminating run counts every day"
        raise Refusal(file.scenarios[0], "horizon", expected, "terminating")
    names = [scenario.name for scenario, _ in points[:: len(points) // len(file.scenarios)]]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refusal(file.scenarios[0], "name", "scenarios with names of their own", twice)
    return Planned(file, file.varied, tuple(points))


def folder_of(file: StudyFile, out: Path | str) -> Path:
    """The folder of a study."""
    return Path(out) / f"{file.name}-study"
