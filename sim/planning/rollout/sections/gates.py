"""Gates that read KPIs: which limits they keep before a wave goes live, and the study of the chain that gives the KPIs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sim.planning.file_fields import amount
from sim.planning.goals.goal_file import SHARE, Text, is_share
from sim.records.kpis import KPIS
from sim.records.load_run import Record
from sim.scenario.layers import nearest
from sim.scenario.sections.section import Within

Figure = Annotated[float, BeforeValidator(amount), Field(ge=-1e15, le=1e15)]
Scope = Literal["live", "chain"]
_BETTER = {kpi.name: kpi.better for kpi in KPIS}


class KpiLimit(Record):
    """A limit that a KPI keeps before a wave goes live."""

    kpi: Text
    """Of the lab: `retail-lab run` lists them."""
    at_most: Figure | None = None
    at_least: Figure | None = None
    worse_by_at_most: Annotated[float, BeforeValidator(amount), Field(ge=0, le=100)] | None = None
    """Share of the KPI before the first wave, in the same stores: 15 % is at most 1.15 times a wait, at least 0.85 times a fill rate."""
    waves: list[Text] = Field(default=[], max_length=1_000)
    """That it holds; empty for every wave with new stores but the first."""
    scope: Scope = "live"
    """The KPI of the stores that are live, or of the whole chain."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if self.kpi not in _BETTER:
            raise ValueError(f"a KPI of the lab{nearest(self.kpi, list(_BETTER))}, not {self.kpi}")
        given = [each for each in (self.at_most, self.at_least, self.worse_by_at_most) if each is not None]
        if len(given) != 1:
            raise ValueError("one of at_most, at_least and worse_by_at_most")
        if self.worse_by_at_most is None and is_share(self.kpi) and abs(given[0]) > 1:
            raise ValueError(f"for {self.kpi} {SHARE}, not {given[0]:g}")
        if self.worse_by_at_most is not None and _BETTER[self.kpi] == "neither":
            raise ValueError(f"at_most or at_least: neither side of {self.kpi} is the worse one")
        return self

    @property
    def side(self) -> Literal["at most", "at least"]:
        """On which side of the limit it is kept."""
        if self.worse_by_at_most is not None:
            return "at most" if _BETTER[self.kpi] == "lower" else "at least"
        return "at most" if self.at_most is not None else "at least"


class ChainStudy(Record):
    """The study of the plan's scenario over rollout states: waves live so far, times the proficiency of the newest wave's staff."""

    system: dict[str, Any] = Field(max_length=50)
    """Fields of `system` that hold in the stores that are live."""
    replications: Annotated[int, Field(ge=3, le=1_000)] = 5
    """Of each state; few leave means that are hardly known."""
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    """Days that count, after the scenario's warm-up; those of the scenario without it."""
    proficiencies: Annotated[list[Annotated[float, Within(0.05, 1)]], Field(min_length=2, max_length=12)] = [
        0.4,
        0.6,
        0.8,
        1.0,
    ]
    """At which each state is played; between them KPIs are linear."""
    redo_s: Annotated[float, Within(0, 3_600, "s")] = 0.0
    """Until a clerk has put right an error, of which `adoption.errors` has the rate."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = zip(self.proficiencies, self.proficiencies[1:], strict=False)
        if self.proficiencies[-1] != 1 or any(not low < high for low, high in steps):
            raise ValueError("proficiencies that rise, the last of them 1")
        return self


class Gates(Record):
    """Gates between waves: the next wave waits until KPIs of the stores that are live keep their limits."""

    limits: list[KpiLimit] = Field(min_length=1, max_length=20)
    observed_days: Annotated[int, Field(ge=1, le=366)] = 14
    """Days over which a KPI is averaged: a gate opens no sooner after the go-live of the wave before."""
    study: ChainStudy
