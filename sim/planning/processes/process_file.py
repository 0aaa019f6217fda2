"""Where a process comes from: a YAML file of steps, BPMN 2.0 XML, or an event log; a YAML file may also name the other two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from sim.planning.file_fields import amount, refuse
from sim.planning.goals.goal_file import Text, sha256
from sim.planning.processes.bpmn import read_bpmn
from sim.planning.processes.event_log import fit
from sim.planning.processes.passes import BY_MEAN, scaled
from sim.planning.processes.steps import END, KINDS, PARTS, Kind, Process, Step, WrongProcess, process
from sim.records.load_run import Record
from sim.records.refusal import Refusal
from sim.scenario.documents import read
from sim.scenario.sections.distributions import Varying, VaryingMinutes, VaryingSeconds

EXAMPLE = "example"
Chance = Annotated[float, BeforeValidator(amount), Field(ge=0, le=1)]
_TABLES = (".csv", ".csv.gz", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet")
_DIAGRAMS = (".bpmn", ".xml", ".bpmn2")


class StepLine(Record):
    """One step of a file. Without `next` the next of the list follows, and the end after the last."""

    name: Text
    per: str | None = None
    """What its time is for: ticket (the usual one), sku, unit, payment; in the back office order, parcel, line."""
    takes_s: VaryingSeconds | None = None
    takes_minutes: VaryingMinutes | None = None
    next: Text | Annotated[dict[Text, Chance], Field(min_length=1, max_length=100)] | None = None
    """Name of the step that follows, or `end`; or chances by name."""

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.takes_s is None) == (self.takes_minutes is None):
            raise ValueError("either takes_s or takes_minutes")
        return self


class ProcessPart(Record):
    """A process: its steps, or the file that holds them."""

    steps: Annotated[list[StepLine], Field(min_length=1, max_length=500)] | None = None
    bpmn: Text | None = None
    log: Text | None = None
    per: dict[Text, Text] = {}
    """Of a log: what an activity's time is for, where it is not the usual; none of which a ticket or order has several."""
    whole: bool | None = None
    """Parts without a step take no time, in place of the scenario's; None: so for a log of the till alone, which holds a whole ticket."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(each is not None for each in (self.steps, self.bpmn, self.log)) != 1:
            raise ValueError("one of steps, bpmn and log")
        if self.per and self.log is None:
            raise ValueError("per beside log alone (in a BPMN file it stands at the task)")
        if several := sorted({*self.per.values()} & {*BY_MEAN}):
            raise ValueError(f"per of a log: payment or parcel (how many {several[0]}s an event is of, no log says)")
        return self


class ProcessFile(Record):
    """Processes of a file: of the till, of the back office, or both."""

    name: Text
    till: ProcessPart | None = None
    back_office: ProcessPart | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.till is None and self.back_office is None:
            raise ValueError("till or back_office")
        return self


@dataclass(frozen=True)
class Processes:
    """Processes as they were read."""

    file: Path
    sha256: str
    name: str
    of: Mapping[Kind, Process]
    whole: frozenset[Kind]
    """Of which the parts without a step take no time."""
    notes: tuple[str, ...]
    """How a log was read."""


def load(path: Path, kind: Kind, dates: str = "") -> Processes:
    """The processes of a file; `kind` is that of a BPMN file or an event log, `dates` a log's order of day and month. Raises `Refusal`."""
    notes: list[str] = []
    lower = path.name.lower()
    if lower.endswith(_DIAGRAMS):
        return Processes(path, sha256(path), path.stem, {kind: read_bpmn(path, kind)}, frozenset(), ())
    if lower.endswith(_TABLES):
        made = _of_log(path, kind, {}, notes, dates)
        ticket: frozenset[Kind] = frozenset({kind} & {"till"})
        return Processes(path, sha256(path), path.stem, {kind: made}, _whole(ticket, notes), tuple(notes))
    document = read(path, "processes")
    try:
        asked = ProcessFile.model_validate(document)
    except ValidationError as error:
        refuse(path, document, error, "a file of processes")
    of: dict[Kind, Process] = {}
    whole: set[Kind] = set()
    for each in KINDS:
        if (part := getattr(asked, each)) is not None:
            of[each] = _of_part(path, each, part, notes, dates)
            if part.whole or (part.whole is None and part.log is not None and each == "till"):
                whole.add(each)
    return Processes(path, sha256(path), asked.name, of, _whole(frozenset(whole), notes), tuple(notes))


def _whole(kinds: frozenset[Kind], notes: list[str]) -> frozenset[Kind]:
    """The kinds that are whole; says so in the notes."""
    notes += [
        f"The process of the {kind.replace('_', ' ')} is taken as whole: what it has no step for takes no time."
        for kind in KINDS
        if kind in kinds
    ]
    return kinds


def _of_part(path: Path, kind: Kind, part: ProcessPart, notes: list[str], dates: str) -> Process:
    if part.bpmn is not None:
        return read_bpmn(path.parent / part.bpmn, kind)
    if part.log is not None:
        return _of_log(path.parent / part.log, kind, part.per, notes, dates)
    lines = part.steps or []
    names = [line.name for line in lines]
    steps = [
        Step(line.name, line.per or PARTS[kind][0], _takes(line), _following(line, following))
        for line, following in zip(lines, [*names[1:], END], strict=True)
    ]
    try:
        return process(kind, steps)
    except WrongProcess as wrong:
        raise Refusal(path, f"{kind}, {wrong.where}", wrong.expected, wrong.found) from None


def _takes(line: StepLine) -> Varying:
    if line.takes_minutes is not None:
        return scaled(line.takes_minutes, 60.0)
    assert line.takes_s is not None
    return line.takes_s


def _following(line: StepLine, usual: str) -> Mapping[str, float]:
    if line.next is None:
        return {usual: 1.0}
    return {line.next: 1.0} if isinstance(line.next, str) else line.next


def _of_log(path: Path, kind: Kind, per: Mapping[str, str], notes: list[str], dates: str) -> Process:
    fitted = fit(path, kind, per, dates)
    notes.append(f"{path.name}: a process fitted to {fitted.cases:,} cases; steps: {len(fitted.process.steps)}.")
    if fitted.left_out:
        notes.append(f"{path.name}: cases left out because a row has no start or no end: {fitted.left_out:,}.")
    return fitted.process


def pair(as_is: Path, to_be: Path | None, kind: Kind, dates: str = "") -> tuple[Processes, Processes]:
    """The process as it is and as it is to be, of two files; those that ship for `example` alone. Raises `Refusal`."""
    if to_be is None:
        if str(as_is) != EXAMPLE or as_is.exists():
            raise Refusal(as_is, "", "a second file after it, the process as it is to be", "nothing")
        as_is, to_be = example()
    return load(as_is, kind, dates), load(to_be, kind, dates)


def example() -> tuple[Path, Path]:
    """The two processes that ship, As-Is first."""
    folder = Path(__file__).parent / "example"
    return folder / "as-is.yaml", folder / "to-be.yaml"
