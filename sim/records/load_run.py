"""What a load test says of itself beside its samples: against what it ran, how much of its schedule it did, how well its generator kept time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.records.atomic_files import parse_json, regular, write_json
from sim.records.column_values import LARGEST, LONGEST_S
from sim.records.expected import expected
from sim.records.refusal import Refusal

FORMAT: Final = 1
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e12)]
Amount = Annotated[float, Field(ge=0, le=1e12)]


class Record(BaseModel):
    """A frozen JSON record; unknown fields are refused, so that a newer file is never half understood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read the record from a JSON file, strictly: text is no number, nor is a truth value. Raises `Refusal` that names the field."""
        what = f"a {cls.__name__} record"
        data = regular(path, what).read_bytes()
        parse_json(path, what, data)
        try:
            return cls.model_validate_json(data.removeprefix(b"\xef\xbb\xbf"), strict=True)
        except ValidationError as error:
            refuse_first(path, error)

    def write(self, path: Path | str) -> None:
        """Write it as JSON, whole or not at all."""
        write_json(path, self.model_dump(mode="json"))


def refuse_first(path: Path | str, error: ValidationError, above: str = "") -> NoReturn:
    """Raise the first of pydantic's errors as a `Refusal`, with the number of further ones. `above` is where in the file the model stands."""
    details = error.errors(include_url=False)
    first = next((each for each in details if each["type"] == "extra_forbidden"), details[0])
    field = above + ".".join(" ".join(str(step).split())[:80] for step in first["loc"])
    raise Refusal(path, field.rstrip("."), expected(first), _found(first), len(details) - 1) from None


def _found(detail: Mapping[str, Any]) -> Any:
    """What stood there; nothing where nothing did or where it would take a page."""
    if detail["type"] == "missing" or detail["input"] is None:
        return "nothing"
    if detail["type"] in ("extra_forbidden", "json_invalid"):
        return detail["loc"][-1] if detail["loc"] else "a lone surrogate"
    found = detail["input"]
    return None if isinstance(found, dict | list) and len(found) > 3 else found


class Accounts(Record):
    """Journeys by their fate; they close: sent + dropped + lost + not_reached = scheduled."""

    scheduled: Count
    sent: Count
    dropped: Count
    """Never started because the pool was full at the intended time."""
    lost: Count
    """Started by a worker that died before its samples arrived."""
    not_reached: Count
    """Still ahead when the run stopped, or never sent because nothing was carried that they follow (`unmet`)."""

    @property
    def close(self) -> bool:
        """Whether every scheduled journey is accounted for."""
        return self.sent + self.dropped + self.lost + self.not_reached == self.scheduled


class GeneratorWindow(Record):
    """How one worker kept time in one window of the run."""

    worker: Count
    from_s: Seconds
    to_s: Seconds
    journeys: Count
    lag_p99_s: Seconds
    cpu_share: Amount
    """CPU seconds of the worker per second of the window."""


class AnswerExcerpt(Record):
    """Answers of one kind that were no success, and how the first of their bodies began: what the API itself gave as its reason."""

    journey: str
    step: str
    outcome: str
    status: Annotated[int, Field(ge=0, le=999)]
    count: Count
    text: str
    """One printable line, without secrets."""


class StockReading(Record):
    """Units of one SKU before and after a run, and what the run believes it ordered: the stock truth."""

    sku_code: str
    available_before: Whole
    available_after: Whole
    units_ordered: Whole
    """Units in orders that the platform confirmed during the run, less those cancelled or returned."""


class LostAnswers(Record):
    """Checkouts whose deciding step was sent and got no answer, and what a look afterwards found of their orders."""

    placed: Count
    absent: Count
    unknown: Count
    """Not looked up, or not to be told."""
    because: str = ""
    """Why the unknown are unknown."""


class Looks(Record):
    """When a run that ends as soon as it is decided may be looked at: declared before it began, so that looking costs no confidence."""

    at_s: list[Seconds] = Field(min_length=1)
    """Instants of the run, rising; the last is its end."""
    incident_s: Seconds
    """Length of the incidents that every look reckons with, whether it saw any or not."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(b <= a for a, b in zip(self.at_s, self.at_s[1:], strict=False)):
            raise ValueError("instants at_s that rise")
        return self


BY_HAND = "stopped by hand"
"""What `LoadRun.stopped` holds of a run that its user interrupted."""


class LoadRun(Record):
    """What was run and how it went: all that a verdict needs beside the samples."""

    format: Literal[1] = FORMAT
    run_id: str
    started_at: str
    host: str
    adapter: str
    trace: str
    scenario_hash: str
    time_scale: Positive
    """Trace seconds played per second of the run: above 1 the traffic is compressed."""
    loop_s: Seconds = 0.0
    """The stretch was repeated until the run was so long; row numbers of the k-th repetition are those of the trace + k × its rows."""
    shape: str = ""
    """Laid over the trace's rate: `ramp:60`, `spike:120:30:5`."""
    trace_from_s: Seconds
    trace_to_s: Seconds
    peak_orders_per_hour: Amount | None = None
    """What the trace was made for at time scale 1; None where it does not say."""
    warmup_s: Seconds = 0.0
    """Samples intended before this instant of the run are shown but not judged."""
    duration_s: Seconds
    timeout_s: Seconds
    pool: Count
    """Largest number of journeys under way at once, over all workers."""
    workers: Annotated[int, Field(ge=0, le=2**15)]
    accounts: Accounts
    not_covered: dict[str, Count] = {}
    """Journeys of the trace that the platform lacks: neither sent nor judged, by name."""
    unmet: dict[str, Count] = {}
    """Journeys not reached because nothing was carried that they follow, by name: neither sent nor judged."""
    generator: list[GeneratorWindow] = []
    looks: Looks | None = None
    """Declared where the run was to end as soon as it was decided; None for one look at its end."""
    intended_starts: bool = True
    """False for samples of a tool that keeps none: what a stall held back was sent late or never, and no sample tells."""
    left_out: list[str] = []
    """What of another tool's file could not be read and is not judged, a sentence each."""
    stopped: str = ""
    """Why the run ended before its schedule did; empty when it did not."""
    answers: list[AnswerExcerpt] = []
    """The most frequent kinds of answers that were no success."""
    lost_answers: LostAnswers | None = None
    stock: list[StockReading] = []
    stock_sync_lags_s: list[Seconds] = []
    """Of single units sold before the load: from the sale until the platform's stock showed it."""
