"""What a load test says of itself beside its samples: against what it ran, how much of its schedule it did, how well its generator kept time."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.records.refusal import Refusal
from sim.records.whole import read_json, write_json

FORMAT = 1


class Record(BaseModel):
    """A frozen JSON record; unknown fields are refused, so that a newer file is never half understood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls, path: Path | str):
        """Read the record from a JSON file. Raises `Refusal` that names the field."""
        try:
            return cls.model_validate(read_json(path, cls.__name__))
        except ValidationError as error:
            first = error.errors()[0]
            raise Refusal(path, ".".join(map(str, first["loc"])), first["msg"], first["input"]) from None

    def write(self, path: Path | str) -> None:
        write_json(path, self.model_dump(mode="json"))


class Accounts(Record):
    """Journeys by their fate; they close: sent + dropped + lost + not_reached = scheduled."""

    scheduled: int
    sent: int
    dropped: int
    """Never started because the pool was full at the intended time."""
    lost: int
    """Started by a worker that died before its samples arrived."""
    not_reached: int
    """Still ahead when the run stopped, or never sent because nothing was carried that they follow (`unmet`)."""

    @property
    def close(self) -> bool:
        return self.sent + self.dropped + self.lost + self.not_reached == self.scheduled


class GeneratorWindow(Record):
    """How one worker kept time in one window of the run."""

    worker: int
    from_s: float
    to_s: float
    journeys: int
    lag_p99_s: float
    cpu_share: float
    """CPU seconds of the worker per second of the window."""


class AnswerExcerpt(Record):
    """Answers of one kind that were no success, and how the first of their bodies began: what the API itself gave as its reason."""

    journey: str
    step: str
    outcome: str
    status: int
    count: int
    text: str
    """One printable line, without secrets."""


class StockReading(Record):
    """Units of one SKU before and after a run, and what the run believes it ordered: the stock truth."""

    sku_code: str
    available_before: int
    available_after: int
    units_ordered: int
    """Units in orders that the platform confirmed during the run, less those cancelled or returned."""


class LostAnswers(Record):
    """Checkouts whose deciding step was sent and got no answer, and what a look afterwards found of their orders."""

    placed: int
    absent: int
    unknown: int
    """Not looked up, or not to be told."""
    because: str = ""
    """Why the unknown are unknown."""


class Looks(Record):
    """When a run that ends as soon as it is decided may be looked at: declared before it began, so that looking costs no confidence."""

    at_s: list[float]
    """Instants of the run, rising; the last is its end."""
    incident_s: float = Field(ge=0)
    """Length of the incidents that every look reckons with, whether it saw any or not."""


class LoadRun(Record):
    format: Literal[1] = FORMAT
    run_id: str
    started_at: str
    host: str
    adapter: str
    trace: str
    scenario_hash: str
    time_scale: float = Field(gt=0)
    """Trace seconds played per second of the run: above 1 the traffic is compressed."""
    loop_s: float = 0.0
    """The stretch was repeated until the run was so long; row numbers of the k-th repetition are those of the trace + k × its rows."""
    shape: str = ""
    """Laid over the trace's rate: `ramp:60`, `spike:120:30:5`."""
    trace_from_s: float
    trace_to_s: float
    peak_orders_per_hour: float | None = None
    """What the trace was made for at time scale 1; None where it does not say."""
    warmup_s: float = 0.0
    """Samples intended before this instant of the run are shown but not judged."""
    duration_s: float
    timeout_s: float
    pool: int
    """Largest number of journeys under way at once, over all workers."""
    workers: int
    accounts: Accounts
    not_covered: dict[str, int] = {}
    """Journeys of the trace that the platform lacks: neither sent nor judged, by name."""
    unmet: dict[str, int] = {}
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
    stock_sync_lags_s: list[float] = []
    """Of single units sold before the load: from the sale until the platform's stock showed it."""
