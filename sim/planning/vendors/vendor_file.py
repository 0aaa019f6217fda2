"""The file of a comparison: dimensions, criteria and weights, requirements, vendors, and where their evidence lies."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from sim.planning.file_fields import amount, refuse
from sim.planning.file_fields import place as place_in
from sim.planning.vendors.weights import LARGEST_COMPARISON, ahp, by_hand, reciprocal
from sim.records.decisions.evidence import Grade
from sim.records.decisions.vendors import HIGHEST, Weighing
from sim.records.refusal import Refusal
from sim.scenario import documents
from sim.tables.headings import plain
from sim.tables.values import yes_no

FIVE = ("functional fit", "ease of use", "stability and security", "integration", "support")
"""The dimensions under which a retail system is usually compared."""
Score = Annotated[float, Field(ge=0, le=HIGHEST)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Amount = Annotated[float, BeforeValidator(amount), Field(ge=-1e15, le=1e15)]
"""A share may stand as 99.9%."""


def _of_hundred(value: Any) -> Any:
    """30 % as 30, where a weight is written so."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        return float(text[:-1]) if text.endswith("%") else value
    except ValueError:
        return value


def _rate(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError("a rate from 0 to 1, such as 0.08 or 8%")
    return value


def _word(value: Any) -> Any:
    """A word of a list, in whatever case it is written."""
    return value.strip().casefold() if isinstance(value, str) else value


Weight = Annotated[float, BeforeValidator(_of_hundred), Field(ge=0, le=100)]


class Part(BaseModel):
    """A part of the file; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Scale(Part):
    """How a figure becomes a score: 10 at `best`, 0 at `worst`, on the line between them, and no further."""

    best: Amount
    worst: Amount

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.best == self.worst:
            raise ValueError("a best figure other than the worst")
        return self

    def score(self, figure: float) -> float:
        """The score of a figure, from 0 to 10."""
        return HIGHEST * min(max((figure - self.worst) / (self.best - self.worst), 0.0), 1.0)


Comparison = Annotated[float, Field(ge=1 / LARGEST_COMPARISON - 1e-9, le=LARGEST_COMPARISON)]
Pairs = Annotated[list[Annotated[list[Comparison], Field(min_length=1)]], Field(min_length=2)]


class Compared(Part):
    """A group whose elements may be compared in pairs."""

    pairwise: Pairs | None = None
    """Saaty's matrix of its elements, in their order: how many times as important the row is as the column, 1/9 to 9."""

    @field_validator("pairwise", mode="before")
    @classmethod
    def _fractions(cls, rows: Any) -> Any:
        """`1/3` stands for its value."""
        whole = isinstance(rows, list) and all(isinstance(row, list) for row in rows)
        return [[_fraction(value) for value in row] for row in rows] if whole else rows


class Criterion(Part):
    """What vendors are scored for."""

    weight: Weight | None = None
    """Within its dimension; those of a dimension add up to 1 or to 100."""
    describes: str = ""
    """What a scorer should look at: it stands in the workbook for scorers."""
    scale: Annotated[dict[str, Scale], Field(alias="from")] = {}
    """Figures of evidence that score it, each equally."""


class Dimension(Compared):
    """Criteria that belong together."""

    weight: Weight | None = None
    """Among dimensions."""
    criteria: Annotated[dict[Name, Criterion], Field(min_length=1)]


class Stated(Part):
    """An answer without a figure, with its evidence."""

    grade: Annotated[Literal["supplied", "reference", "rfp", "judgement"], BeforeValidator(_word)]
    source: str = ""
    dated: Annotated[date | None, Field(alias="date")] = None


class Scored(Stated):
    """A score without a figure behind it."""

    score: Score | Annotated[list[Score], Field(min_length=2, max_length=2)]
    """One, or the ends of a range."""

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the range, the lower first."""
        low, high = self.score if isinstance(self.score, list) else (self.score, self.score)
        return min(low, high), max(low, high)


class Covered(Stated):
    """Whether a vendor covers a requirement."""

    covered: Literal["yes", "partly", "no"]

    @field_validator("covered", mode="before")
    @classmethod
    def _truth(cls, value: Any) -> Any:
        """`yes` is a truth value in YAML, and 是 and Y are the same."""
        try:
            return "yes" if yes_no(value) else "no"
        except (ValueError, TypeError):
            return {"部分": "partly"}.get(word := _word(value), word) if isinstance(value, str) else value


class Limit(Part):
    """What a figure has to keep to."""

    at_least: Amount | None = None
    at_most: Amount | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("at_least, at_most, or both")
        return self

    def kept(self, low: float, high: float) -> bool | None:
        """Whether a figure with this interval keeps to it; None where the interval holds both."""
        least, most = -inf if self.at_least is None else self.at_least, inf if self.at_most is None else self.at_most
        if least <= low and high <= most:
            return True
        return False if high < least or low > most else None


class Requirement(Part):
    """What a system has to do (MoSCoW)."""

    priority: Annotated[Literal["must", "should", "could", "wont"], BeforeValidator(_word)]
    journey: str = ""
    """A journey of the adapter check that shows it."""
    shown_by: dict[str, Limit] = {}
    """Figures of evidence that show it, with the limits that they keep to."""

    @property
    def limits(self) -> dict[str, Limit]:
        """All figures that show it."""
        return self.shown_by | ({f"works:{self.journey}": Limit(at_least=1)} if self.journey else {})


class Dated(Part):
    """A file that the lab reads, with the day on which it was made."""

    source: Annotated[str, Field(min_length=1)]
    dated: Annotated[date | None, Field(alias="date")] = None


class Found(Dated):
    """A file or folder of evidence."""

    grade: Annotated[Grade, BeforeValidator(_word)] | None = None
    """Where it is weaker than what the file shows: a verdict that the vendor sent is `supplied`."""


def dated(source: str | Dated) -> Dated:
    """A file as it may be named: by its path alone, or with more about it."""
    return Found(source=source) if isinstance(source, str) else source


class IncidentList(Dated):
    """A table of incidents, and what of it counts."""

    begin: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to")] = None
    """First and last day that the list covers; without them the span of its incidents."""
    severity: list[str | int] = []
    scope: list[str | int] = []
    """Severities and scopes that count as down; all without any."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.begin is None) != (self.end is None):
            raise ValueError("both from and to, or neither")
        if self.begin and self.end and self.end < self.begin:
            raise ValueError("a day to that is not before from")
        return self


class Vendor(Part):
    """One vendor and its evidence."""

    evidence: list[str | Found] = []
    """One may stand without a list."""
    scores: dict[Name, Scored] = {}
    covers: dict[Name, Covered] = {}
    tickets: str | Dated | None = None
    """Table of support tickets: columns opened, answered."""
    incidents: str | IncidentList | None = None
    """Table of incidents: columns start, and end or minutes; severity, scope."""

    @field_validator("evidence", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | dict) else value


class VendorFile(Compared):
    """A comparison of vendors."""

    name: Name
    question: str = ""
    example: bool = False
    as_of: date | None = None
    """Day to which ages of evidence count; today without it."""
    currency: str = ""
    seed: Annotated[int, Field(ge=0, le=2**53)] = 1
    dimensions: Annotated[dict[Name, Dimension], Field(min_length=1)]
    requirements: dict[Name, Requirement] = {}
    score_sheets: list[str | Dated] = []
    """Workbooks with scores, one sheet a scorer."""
    costs: str | Dated | None = None
    """Table of costs: columns vendor, item, year, and cost, or low and high."""
    discount_rate: Annotated[float, BeforeValidator(amount), AfterValidator(_rate)] = 0.0
    """A year; 0.08 or 8%."""
    vendors: Annotated[dict[Name, Vendor], Field(min_length=2)]

    @field_validator("vendors", mode="before")
    @classmethod
    def _silent(cls, vendors: Any) -> Any:
        """A name with nothing below it is a vendor that sent nothing."""
        return (
            {name: {} if each is None else each for name, each in vendors.items()}
            if isinstance(vendors, dict)
            else vendors
        )

    @property
    def criteria(self) -> dict[str, Criterion]:
        """All criteria, dimension by dimension."""
        return {name: each for dimension in self.dimensions.values() for name, each in dimension.criteria.items()}


@dataclass(frozen=True)
class Loaded:
    """A file that was read, and where it lies."""

    path: Path
    file: VendorFile
    weights: dict[str, tuple[float, ...]]
    """By group: of the criteria of a dimension, and under an empty name those of the dimensions; each of sum 1."""
    weighings: tuple[Weighing, ...]

    def at(self, source: str) -> Path:
        """A path of the file, which may be relative to it."""
        return self.path.parent / source

    def refuse(self, keys: Sequence[str | int], wanted: str, found: object = None) -> NoReturn:
        """Raise the `Refusal` of what stands at a path of the file."""
        raise Refusal(place_in(self.path, keys), ".".join(map(str, keys)), wanted, found)


def load(path: Path) -> Loaded:
    """Read the file of a comparison. Raises `Refusal` with file, line and field for what it may not hold."""
    held = documents.read(path, "a comparison of vendors")
    try:
        file = VendorFile.model_validate(held)
    except ValidationError as error:
        refuse(path, held, error, "a comparison of vendors")
    weights, weighings = {}, []
    groups: list[tuple[str, tuple[str, ...], Compared, Mapping[str, Criterion | Dimension]]] = [
        ("", (), file, file.dimensions),
        *((name, ("dimensions", name), each, each.criteria) for name, each in file.dimensions.items()),
    ]
    for group, keys, compared, parts in groups:
        within = "dimensions" if not group else "criteria"
        try:
            weights[group], weighing = _weights(group, compared, {name: part.weight for name, part in parts.items()})
        except ValueError as error:
            place = (*keys, "pairwise") if compared.pairwise else (*keys, within)
            raise Refusal(place_in(path, place), ".".join(place), str(error)) from None
        weighings.append(weighing)
    loaded = Loaded(path, file, weights, tuple(weighings))
    _check_names(loaded)
    return loaded


def nearest(word: str, words: Iterable[str]) -> str:
    """`, perhaps x`, where something close to `word` exists."""
    lower = {each.casefold(): each for each in words}
    close = difflib.get_close_matches(word.casefold(), list(lower), n=1, cutoff=0.5)
    return f", perhaps {lower[close[0]]}" if close else ""


def _weights(group: str, compared: Compared, given: dict[str, float | None]) -> tuple[tuple[float, ...], Weighing]:
    known = {name: weight for name, weight in given.items() if weight is not None}
    if compared.pairwise:
        if known:
            raise ValueError(f"either pairwise comparisons or weights, not both (weight of {next(iter(known))})")
        if len(compared.pairwise) != len(given):
            raise ValueError(
                f"a row for each of the {len(given)} elements ({', '.join(given)}), not {len(compared.pairwise)}"
            )
        weights, ratio = ahp(reciprocal(compared.pairwise))
        return tuple(weights.tolist()), Weighing(group=group, how="AHP", consistency_ratio=ratio)
    if not known:
        n = len(given)
        return (1 / n,) * n, Weighing(group=group, how="by hand" if n == 1 else "equal, assumed")
    if lacking := next((name for name, weight in given.items() if weight is None), None):
        raise ValueError(f"a weight for each or for none, and none for {lacking}")
    return tuple(by_hand(list(known.values())).tolist()), Weighing(group=group, how="by hand")


def _check_names(loaded: Loaded) -> None:
    """Refuse two names that differ in case, spaces or signs alone, and a score or an answer for what the file does not list."""
    file = loaded.file
    groups = file.dimensions.items()
    criteria = [(("dimensions", group, "criteria", name), name) for group, each in groups for name in each.criteria]
    for names in (criteria, [(("vendors", name), name) for name in file.vendors]):
        called = dict[str, str]()
        for keys, name in names:
            if plain(name) in called:
                loaded.refuse(keys, f"a name that differs from {called[plain(name)]}", name)
            called[plain(name)] = name
    for vendor, each in file.vendors.items():
        for section, given, known in (
            ("scores", each.scores, file.criteria),
            ("covers", each.covers, file.requirements),
        ):
            for name in given:
                if name not in known:
                    what = "a criterion" if section == "scores" else "a requirement"
                    keys = ("vendors", vendor, section, name)
                    loaded.refuse(keys, f"{what} of the file{nearest(name, known)}", name)


def _fraction(value: Any) -> Any:
    top, bar, bottom = value.partition("/") if isinstance(value, str) else ("", "", "")
    if bar and top.strip().isdecimal() and bottom.strip().isdecimal() and len(value) < 20 and int(bottom):
        return int(top) / int(bottom)
    return value
