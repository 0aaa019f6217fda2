"""The plan of a rollout: waves of stores with their go-live, and what must hold before one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from sim.planning.file_fields import amount, refuse
from sim.planning.goals.goal_file import Text
from sim.planning.rollout.plan_files import reading
from sim.planning.rollout.plan_files.imported import Three
from sim.planning.rollout.sections.amounts import FIXED
from sim.planning.rollout.sections.project import Rollout
from sim.planning.rollout.sections.work import After
from sim.records.expected import expected
from sim.records.load_run import Record
from sim.records.refusal import Refusal
from sim.scenario import shipped
from sim.scenario.documents import read
from sim.scenario.layers import Layer, lay, nearest
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.sections.section import Day

Named = Annotated[str, Field(max_length=80, pattern=r"^\w[\w .-]*$")]
"""A name that a folder can have."""


def _share_up_to(most: float, example: str) -> AfterValidator:
    def kept(value: float) -> float:
        if not 0 <= value <= most:
            raise ValueError(f"a share from 0 to {most:g}, such as {example}")
        return value

    return AfterValidator(kept)


Asked = Literal["verdict", "headroom", "oversell", "reconciliation", "training", "goals"]


class Wave(Record):
    """Stores that go live together: their codes, a region of the scenario, or their number; or those of an earlier wave, with further modules."""

    name: Named
    stores: list[Text] | Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    region: Text | None = None
    stores_of: Text | None = None
    """An earlier wave, whose stores get further modules."""
    go_live: date
    """As planned."""
    modules: list[Text] = Field(default=[], max_length=50)
    """What is switched on in its stores."""
    phase: Text | None = None
    """Of the rollout."""
    after: After = []
    """Tasks of the rollout that are done before it goes live, beside those of the wave and its stores."""
    not_before: Day | None = None
    """Day before which it does not go live in the rollout, though it be ready."""
    peak_orders_per_hour: Annotated[float, BeforeValidator(amount), Field(gt=0, le=1e9)] | None = None
    """Of all stores live after the wave; the plan's own figure, which goes before a peak that was built."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        given = [each for each in (self.stores, self.region, self.stores_of) if each is not None]
        if len(given) != 1 or self.stores == []:
            raise ValueError("either stores or a region")
        return self


class Training(Record):
    """Staff trained, as a table: a row a person, with the store and whether or when they were trained."""

    table: Text
    """Beside the plan."""
    as_of: date
    """Day of the table."""
    at_least: Annotated[float, BeforeValidator(amount), _share_up_to(1, "0.9 or 90%")] = 1.0
    """Of the staff of the wave's stores."""


class GoalsAsked(Record):
    """Goals that must be met before the wave."""

    file: Text
    """Beside the plan. They are read from records of `retail-lab goals`."""
    names: list[Text] = Field(default=[], max_length=1_000)
    """Of the goals; empty for all of the file."""


class Conditions(Record):
    """What the gate asks for."""

    max_age_days: Annotated[int, Field(ge=0, le=3_660)] = 30
    """Older evidence decides nothing."""
    headroom: Annotated[float, BeforeValidator(amount), Field(ge=1, le=100)] = 1.0
    """Times the stores live after the wave that the system must carry."""
    discrepancy_at_most: Annotated[float, BeforeValidator(amount), _share_up_to(0.1, "0.005 or 0.5%")] = 0.005
    training: Training | None = None
    goals: GoalsAsked | None = None
    left_out: list[Asked] = Field(default=[], max_length=6)
    """Conditions that are not asked for; the page names them."""


class Plan(Record):
    """A rollout."""

    name: Named
    host: Text | None = None
    """Base URL of the system that goes live, where `--host` names none: evidence of another host decides nothing."""
    scenario: Text | None = None
    """A scenario file beside the plan, or the name of a shipped one, whose stores the waves name."""
    live: list[Text] | Annotated[int, Field(ge=0, le=1_000_000)] = []
    """Stores live before the first wave."""
    waves: list[Wave] = Field(min_length=1, max_length=1_000)
    conditions: Conditions = Conditions()
    rollout: Rollout | None = None
    """Tasks, people, risks and money: what `retail-lab rollout` samples."""

    @model_validator(mode="after")
    def _waves_once(self) -> Self:
        twice = [name for name, n in Counter(wave.name for wave in self.waves).items() if n > 1]
        if twice:
            raise ValueError(f"waves with names of their own ({twice[0]} stands twice)")
        for n, wave in enumerate(self.waves):
            earlier = [each.name for each in self.waves[:n] if each.stores_of is None]
            if wave.stores_of is not None and wave.stores_of not in earlier:
                raise ValueError(f"stores_of {wave.name} to be a wave with stores that is listed before it")
        return self


@dataclass(frozen=True)
class Live:
    """The stores of a wave, and those live after it."""

    of_wave: tuple[str, ...]
    """Codes; empty where the plan gives a number."""
    codes: tuple[str, ...]
    """Of all stores live after the wave; empty where the number of some is all that is known."""
    number: int


def read_plan(path: Path, spread: Three | None = None) -> Plan:
    """The plan of a YAML file, laid over the one that it extends and over its file of tasks; or of a file of tasks alone.

    `spread`: of such a file, multiples of a length that stands alone. Raises `Refusal` with the field that is wrong.
    """
    if reading.has_tasks(path):
        return _of_tasks(path, spread or FIXED)
    document = reading.beside(path, _extended(path, ()))
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        refuse(path, document, error, "a plan")


def _of_tasks(path: Path, spread: Three) -> Plan:
    """The plan of a file of tasks alone."""
    try:
        return Plan.model_validate(reading.alone(path, spread))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        found = first["input"] if isinstance(first["input"], str | int | float) else None
        raise Refusal(path, ".".join(map(str, first["loc"])), expected(first), found) from None


def _extended(path: Path, above: tuple[Path, ...]) -> dict:
    """What a file contains, laid over the file beside it that it extends."""
    if path.resolve() in above:
        raise Refusal(path, "extends", "a plan that does not extend itself", path.name)
    document = reading.located(path, read(path, "a plan"))
    if "extends" not in document:
        return document
    beside = document.pop("extends")
    if not isinstance(beside, str) or not beside.strip() or not beside.isprintable():
        raise Refusal(path, "extends", "the name of a plan beside this one", beside)
    lower = _extended(path.parent / beside, (*above, path.resolve()))
    return lay(lower, document, Layer(str(path), document, path))


def wave_of(plan: Plan, name: str) -> Wave:
    """A wave by its name. Raises `Refusal` that names the flag."""
    names = [wave.name for wave in plan.waves]
    if name not in names:
        raise Refusal("--wave", "", f"one of {', '.join(names[:20])}{nearest(name, names)}", name)
    return plan.waves[names.index(name)]


def scenario_of(path: Path, plan: Plan) -> Scenario | None:
    """The scenario that a plan names; None where it names none. Raises `Refusal`."""
    file = scenario_file(path, plan)
    return load(file) if file else None


def scenario_file(path: Path, plan: Plan) -> Path | None:
    """The file of that scenario: beside the plan, or a shipped one of that name."""
    if plan.scenario is None:
        return None
    beside = path.parent / plan.scenario
    return beside if beside.is_file() else shipped.find(plan.scenario)


def live_after(path: Path, plan: Plan, wave: Wave, scenario: Scenario | None) -> Live:
    """The stores live after a wave: those live before, and those of every wave that goes live no later (of the same day: listed no later).

    Raises `Refusal` for a region without a scenario, a store or region that it does not have, and a store that goes live twice.
    """
    order = _in_time(plan)
    stores = stores_by_wave(path, plan, scenario)
    until = order.index(plan.waves.index(wave)) + 1
    first = [plan.waves[n] for n in order[:until] if plan.waves[n].stores_of is None]
    live: list[list[str] | int] = [plan.live, *(stores[each.name] for each in first)]
    named = [code for each in live if isinstance(each, list) for code in each]
    counted = sum(each for each in live if isinstance(each, int))
    own = stores[wave.name]
    codes = tuple(named) if not counted and scenario else ()
    return Live(tuple(own) if isinstance(own, list) else (), codes, len(named) + counted)


def stores_by_wave(path: Path, plan: Plan, scenario: Scenario | None) -> dict[str, list[str] | int]:
    """Codes of the stores of each wave, or their number, by its name. Raises `Refusal` as `live_after` does."""
    order = [n for n in _in_time(plan) if plan.waves[n].stores_of is None]
    waves = [plan.waves[n] for n in order]
    codes = _codes(path, plan, waves, [f"waves.{n}" for n in order], scenario)
    found = {wave.name: stores for wave, stores in zip(waves, codes, strict=True)}
    return found | {wave.name: found[wave.stores_of] for wave in plan.waves if wave.stores_of is not None}


def _in_time(plan: Plan) -> list[int]:
    """Waves by their planned go-live; of the same day, as listed."""
    return sorted(range(len(plan.waves)), key=lambda n: (plan.waves[n].go_live, n))


def _codes(
    path: Path, plan: Plan, waves: list[Wave], places: list[str], scenario: Scenario | None
) -> list[list[str] | int]:
    """Codes of each wave's stores, or their number; a region's are those that neither `live` nor another wave has."""
    known = {store.code: store.region for store in scenario.stores} if scenario else {}
    seen: dict[str, str] = {}
    for place, stores in [
        ("live", plan.live),
        *((f"{p}.stores", w.stores) for p, w in zip(places, waves, strict=True)),
    ]:
        for code in stores if isinstance(stores, list) else ():
            if scenario and code not in known:
                raise Refusal(path, place, f"a store of {scenario.name}{nearest(code, list(known))}", code)
            if code in seen:
                raise Refusal(path, place, f"each store once ({seen[code]} has it)", code)
            seen[code] = place
    found: list[list[str] | int] = []
    for place, wave in zip(places, waves, strict=True):
        if wave.stores is not None:
            found.append(wave.stores)
            continue
        region = _region(path, place, wave, scenario)
        found.append(left := [code for code, of in known.items() if of == region and code not in seen])
        if not left:
            raise Refusal(path, f"{place}.region", "a region with stores that are not live by then", wave.region)
        seen |= dict.fromkeys(left, f"{place}.region")
    return found


def _region(path: Path, place: str, wave: Wave, scenario: Scenario | None) -> str:
    """The code of a wave's region, which may be named by its name."""
    if scenario is None:
        raise Refusal(path, f"{place}.region", "a scenario in the plan, of whose stores it is a region", wave.region)
    of = {name: region.code for region in scenario.regions for name in (region.code, region.name)}
    if wave.region not in of:
        near = nearest(str(wave.region), list(of))
        raise Refusal(path, f"{place}.region", f"a region of {scenario.name}{near}", wave.region)
    return of[str(wave.region)]
