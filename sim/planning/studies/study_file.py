"""The file of a study: which scenarios, which factors at which levels, how often, and how narrow the intervals are to be."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationError, model_validator

from sim.planning.file_fields import amount, refuse
from sim.records.expected import expected
from sim.records.kpis import KPIS
from sim.records.load_run import Record
from sim.records.refusal import Refusal
from sim.scenario.documents import parse, read
from sim.scenario.layers import nearest
from sim.study.designs.factors import Factor
from sim.study.designs.points import SAMPLED
from sim.study.looks import Target

MOST_POINTS = 20_000
MOST_REPLICATIONS = 100_000
LEAST_ROWS = 16
"""Of the matrices of `sobol`: with fewer their bootstrap intervals mean nothing."""
SHOWN = (
    "mean_wait_s",
    "abandonment",
    "utilisation",
    "fill_rate",
    "lost_sales_per_day",
    "sales_per_day",
    "stock_value",
    "order_handling_time_s",
)
"""KPIs that a study shows where it names none; its table has all."""
_NAMES = [kpi.name for kpi in KPIS]
_FLAGS = {
    "factors": "--factor",
    "design": "--design",
    "points": "--points",
    "replications": "--replications",
    "half_width": "--half-width",
    "select": "--select",
    "procedure": "--procedure",
    "independent": "--independent",
    "at_most": "--at-most",
    "kpis": "--kpi",
    "name": "--name",
    "scenarios": "SCENARIO",
    "levels": "--factor",
}
"""The flag that gives a field of the file, or what a message about it begins with."""


def _known(kpi: str) -> str:
    if kpi not in _NAMES:
        raise ValueError(f"a KPI of `help(lab.Run.kpis)`{nearest(kpi, _NAMES)}")
    return kpi


def _width(value: Any) -> Any:
    """`5%` stays a share of the mean, marked by its sign."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return -amount(value)
    return amount(value)


Kpi = Annotated[str, AfterValidator(_known)]
Width = Annotated[float, BeforeValidator(_width), Field(ge=-10, le=1e12, allow_inf_nan=False)]
"""In the unit of its KPI; below 0 a share of the mean."""
Zone = Annotated[float, BeforeValidator(amount), Field(gt=0, le=1e12, allow_inf_nan=False)]
"""In the unit of its KPI."""
Name = Annotated[str, Field(pattern=r"^\w[\w.\-]{0,79}$")]
End = Annotated[int, Field(strict=True)] | Annotated[float, Field(allow_inf_nan=False)]


class Range(Record):
    """The ends of a range; between whole numbers it holds whole numbers."""

    low: End
    high: End

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low < self.high:
            raise ValueError("low below high")
        return self


def _kind(levels: object) -> str:
    return "range" if isinstance(levels, dict | Range) else "levels"


Levels = Annotated[Annotated[list[Any], Tag("levels")] | Annotated[Range, Tag("range")], Discriminator(_kind)]


class StudyFile(Record):
    """What a study plays."""

    name: Name
    question: str = Field("", max_length=500)
    scenarios: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1, max_length=1_000)
    """Files, from the folder of this one, or names of shipped ones. The first is compared with."""
    overrides: dict[str, Any] = Field(default={}, alias="set")
    """By path, for all scenarios."""
    factors: dict[str, Levels] = {}
    """By path; a list of levels, the first of which is compared with, or a range."""
    design: Literal["full", "one_at_a_time", "latin_hypercube", "sobol"] = "full"
    points: Annotated[int, Field(ge=2, le=MOST_POINTS)] | None = None
    """Of a Latin hypercube; of `sobol` the size of each of its matrices, a power of two."""
    replications: Annotated[int, Field(ge=2, le=MOST_REPLICATIONS)] = 10
    """Of each point; with `half_width` or `select` of the first round."""
    half_width: dict[Kpi, Width] = {}
    select: dict[Kpi, Zone] = Field(default={}, max_length=1)
    """The KPI of which the best point is selected, and the smallest difference worth finding."""
    procedure: Literal["kn", "knpp", "rinott", "subset"] = "kn"
    """Of `select`: elimination (KN, KN++), two stages (Rinott), or the subset that has the best after a fixed number of replications."""
    independent: bool = False
    """Of `select`: whether each point has random numbers of its own, in place of common ones."""
    at_most: Annotated[int, Field(ge=2, le=MOST_REPLICATIONS)] | None = None
    """Replications of each point at which a study with `half_width` or `select` ends in any case; without it 16 times the first round. A
    subset has a fixed number, `replications`."""
    warmup: bool = False
    """Whether the days of the first point are looked at for how long it takes to settle; where its `horizon` is `steady_state`, they are anyway."""
    kpis: list[Kpi] = Field(default=[], max_length=len(_NAMES))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        sampled = self.design in SAMPLED
        for path, levels in self.factors.items():
            if isinstance(levels, Range) and not sampled:
                raise ValueError(f"levels of {path}: a range needs the design {' or '.join(SAMPLED)}")
            if isinstance(levels, list):
                if not levels:
                    raise ValueError(f"levels of {path}")
                if len({repr(each) for each in levels}) < len(levels):
                    raise ValueError(f"levels of {path} that differ")
        if sampled and not self.factors:
            raise ValueError(f"factors for the design {self.design}")
        if self.design == "sobol" and len(self.factors) < 2:
            raise ValueError("factors for sobol, at least two: of one alone all variance is its own")
        if sampled != (self.points is not None):
            raise ValueError(f"points {'for' if sampled else 'only for a sampled design, not for'} {self.design}")
        if self.design == "sobol" and self.points and (self.points < LEAST_ROWS or self.points & (self.points - 1)):
            raise ValueError(f"points for sobol that are a power of two from {LEAST_ROWS} on, such as 64")
        if self.count > MOST_POINTS:
            raise ValueError(f"at most {MOST_POINTS:,} points, not {self.count:,}")
        if self.at_most is not None and not self.half_width and not self.select:
            raise ValueError("at_most only beside half_width or select")
        if self.select and self.half_width:
            raise ValueError("half_width or select, not both")
        if self.select and (self.count < 2 or self.design == "sobol"):
            raise ValueError("select only among points of a design other than sobol, at least two")
        if not self.select and (unread := {"procedure", "independent"} & self.model_fields_set):
            raise ValueError(f"{min(unread)} only beside select")
        if self.procedure == "rinott" and not self.independent:
            raise ValueError("independent for procedure rinott, which does not hold under common random numbers")
        if self.procedure == "subset" and self.at_most is not None:
            raise ValueError("at_most not beside procedure subset, which plays a fixed number of replications")
        if neither := [kpi.name for kpi in KPIS if kpi.name in self.select and kpi.better == "neither"]:
            raise ValueError(f"select by a KPI with a better side, not {neither[0]}")
        if self.at_most is not None and self.at_most < self.replications:
            raise ValueError(f"at_most no less than replications, {self.replications}")
        if wrong := [kpi for kpi, width in self.half_width.items() if not width]:
            raise ValueError(f"a half_width of {wrong[0]} above 0")
        return self

    @property
    def count(self) -> int:
        """Points of all scenarios together."""
        sizes = [len(levels) for levels in self.factors.values() if isinstance(levels, list)]
        match self.design:
            case "full":
                each = prod(sizes)
            case "one_at_a_time":
                each = 1 + sum(size - 1 for size in sizes)
            case "latin_hypercube":
                each = self.points or 0
            case _:
                each = (self.points or 0) * (len(self.factors) + 2)
        return each * len(self.scenarios)

    @property
    def varied(self) -> tuple[Factor, ...]:
        """The factors."""
        return tuple(
            Factor(path, tuple(levels)) if isinstance(levels, list) else Factor(path, (), levels.low, levels.high)
            for path, levels in self.factors.items()
        )

    @property
    def targets(self) -> tuple[Target, ...]:
        """The half-widths asked for."""
        return tuple(Target(kpi, abs(width), width < 0) for kpi, width in self.half_width.items())

    @property
    def most(self) -> int:
        """Replications of each point at most."""
        if self.procedure == "subset" or not (self.half_width or self.select):
            return self.replications
        return self.at_most or min(16 * self.replications, MOST_REPLICATIONS)


def is_study(path: Path) -> bool:
    """Whether a file is that of a study, not a scenario's: it has the field `scenarios`."""
    return path.is_file() and path.suffix in (".yaml", ".yml") and "scenarios" in read(path, "a study or a scenario")


def read_study(path: Path, flags: Mapping[str, Any] | None = None) -> StudyFile:
    """The study of a YAML file, in which `flags` replace fields. Raises `Refusal` with the field, or the flag, that is wrong."""
    document = {"name": path.stem} | read(path, "a study")
    try:
        made = StudyFile.model_validate(document)
    except ValidationError as error:
        refuse(path, document, error, "a study")
    beside = [str(path.parent / name) if (path.parent / name).is_file() else name for name in made.scenarios]
    return (
        of_flags(document | {"scenarios": beside} | dict(flags or {}))
        if flags
        else made.model_copy(update={"scenarios": beside})
    )


def of_flags(fields: Mapping[str, Any]) -> StudyFile:
    """A study of fields that the command line gave. Raises `Refusal` that names the flag."""
    try:
        return StudyFile.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = str(first["loc"][0]) if first["loc"] else ""
        words = expected(first)
        named = {words.index(field): flag for field, flag in _FLAGS.items() if field in words}
        flag = _FLAGS.get(at) or named[min(named)]
        found = first["input"] if at and not isinstance(first["input"], dict | list) else None
        raise Refusal(flag, ".".join(map(str, first["loc"][1:2])), words, found) from None


def factor(text: str) -> tuple[str, list[Any] | dict[str, Any]]:
    """`PATH=4,6,8`, levels, or `PATH=4..8`, a range. Raises `Refusal`."""
    path, equals, given = text.partition("=")
    if not equals or not path.strip() or not given.strip():
        raise Refusal("--factor", "", "PATH=LEVEL,LEVEL… or PATH=LOW..HIGH, such as stores.SH01.tills=4,6,8", text)
    low, dots, high = given.partition("..")
    if dots:
        ends = {"low": parse(low, f"--factor {path}"), "high": parse(high, f"--factor {path}")}
        return path.strip(), ends
    found = parse(f"[{given}]", f"--factor {path}")
    return path.strip(), found if isinstance(found, list) else [found]


def select(text: str) -> tuple[str, Any]:
    """`mean_wait_s=5`, in its unit. Raises `Refusal`."""
    kpi, equals, zone = text.partition("=")
    if not equals or not zone.strip():
        raise Refusal("--select", "", "KPI=SMALLEST DIFFERENCE WORTH FINDING, such as mean_wait_s=5", text)
    return kpi.strip(), zone.strip()


def half_width(text: str) -> tuple[str, Any]:
    """`fill_rate=0.002`, in its unit, or `mean_wait_s=5%`, of its mean. Raises `Refusal`."""
    kpi, equals, given = text.partition("=")
    if not equals or not given.strip():
        raise Refusal("--half-width", "", "KPI=WIDTH, such as fill_rate=0.002 or mean_wait_s=5%", text)
    return kpi.strip(), given.strip()
