"""Load tests from Python: a trace sent to a retail API and judged. The load generator and the shop are processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.cli.commands.capacity import seek
from sim.cli.commands.replay import send
from sim.cli.commands.shop import opened
from sim.cli.commands.verdict import judge, measure
from sim.lab import columns
from sim.lab.columns import described
from sim.lab.findings import Judged, shown
from sim.lab.plots import LoadPlots, Picture
from sim.lab.runs import Run
from sim.records.capacity import Capacity
from sim.records.load_run import LoadRun
from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal
from sim.records.samples import MEANINGS, read_samples
from sim.records.verdict import Verdict
from sim.report import runs
from sim.report.languages import Language
from sim.report.pages.capacity import knee_picture, write_capacity

_STAGES = (
    "stores", "decision", "stable", "requests", "requests_per_s", "answered_per_s", "concurrency", "mean_s", "p95_s",
)  # fmt: skip


class LoadTest:
    """One load test, read from its folder. `str` of it is the verdict's sentence."""

    def __init__(self, folder: Path | str):
        """folder: as `lab.replay` or `retail-lab replay` left it. Raises `Refusal` where there is no load test in it."""
        self.folder = Path(folder)
        if not (self.folder / "loadrun.json").is_file():
            raise Refusal(folder, "", "the run folder of a load test, with loadrun.json in it", "none")

    @property
    def run(self) -> LoadRun:
        """The record of the load test: host, settings, how much of the schedule was done, and the generator's lag."""
        return LoadRun.read(self.folder / "loadrun.json")

    @property
    def verdict(self) -> Verdict:
        """The verdict as it was judged last (`lab.verdict` judges again): `decision`, `sentence`, `findings` and the counts behind them."""
        file = self.folder / "verdict.json"
        return Verdict.read(file) if file.is_file() else judge(self.folder, [])

    @property
    def findings(self) -> pd.DataFrame:
        """A row a finding of the verdict: quantity, scope, unit, target, decision, estimate with its interval (low, high), requests, bad ones."""
        return pd.DataFrame([finding.model_dump() for finding in self.verdict.findings])

    @property
    @described(columns.SAMPLES, MEANINGS)
    def samples(self) -> pd.DataFrame:
        """A row a request. Lag is t_start − t_intended, service t_end − t_start, response t_end − t_intended, in s from the run's start."""
        return read_samples(self.folder / "samples.parquet").to_pandas()

    def profile(self) -> ServiceProfile:
        """Measure the API's service profile, and write it to the folder as `service_profile.json`."""
        return measure(self.folder, self.folder / "service_profile.json")

    @property
    def tested(self) -> runs.LoadTest:
        """The load test as pages read it, checked. Raises `Refusal` for a file of it that is not sound."""
        self.verdict.write(self.folder / "verdict.json")
        found = runs.read([self.folder]).load
        assert found is not None  # the folder has loadrun.json
        return found

    @cached_property
    def plot(self) -> LoadPlots:
        """Figures: `test.plot.verdict()`, `responses()`, `timeline()` and `service()`."""
        return LoadPlots(self)

    def __str__(self) -> str:
        return self.verdict.sentence

    def __repr__(self) -> str:
        return f"<LoadTest {self.verdict.decision}: {self.folder}>"


class CapacityFound(Judged[Capacity]):
    """How many stores an API carries. `str` of it is the sentence, `record` what `retail-lab capacity --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a stage: the `stores` whose peak it is, `decision`, whether it was `stable`, `requests`, offered `requests_per_s` and
        `answered_per_s`, requests in the API at once (`concurrency`), and response times `mean_s` and `p95_s`, s."""
        stages = [each.model_dump() | {"stores": each.factor * self.record.stores} for each in self.record.stages]
        return pd.DataFrame(stages, columns=_STAGES)

    @property
    def picture(self) -> Picture:
        """Throughput (requests/s) over concurrency, and mean response (s) over load, stage by stage. Raises `Refusal` without a stage."""
        drawn = knee_picture(self.record)
        if drawn is None:
            raise Refusal("trace", "", "a search with a stage to draw", "none")
        return shown(drawn, f"load tests of {self.record.scenario}'s peak", self.table)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        write_capacity(self.record, out, lang)
        return Path(out)


@dataclass(frozen=True)
class Shop:
    """A shop that is up: its base URL. Its token stands in the environment."""

    url: str


@contextmanager
def shop(run: Run | Path | str, *, workers: int = 1, **faults: float) -> Iterator[Shop]:
    """Serve a small real retail API on a free loopback port until the `with` block ends, stocked from a run's catalogue.

    Args:
        run: a run of a chain, its folder, or a catalogue file.
        workers: server processes.
        faults: on request: `latency_s`, `error_rate`, `stall_s` and `stall_every_s`, `outage_s` and `outage_every_s`, `sync_lag_s`,
            `oversell_units`.

    Raises `Refusal` for a catalogue or a fault that cannot be used, `ModuleNotFoundError` without the extra `loadtests`.
    """
    with opened(_file(run, "catalogue.parquet"), workers, **faults) as url:
        yield Shop(url)


def replay(
    run: Run | Path | str,
    host: str,
    *,
    out: Path | str | None = None,
    targets: Sequence[str] = (),
    workers: int = 1,
    tell: Callable[[str], None] | None = None,
    **settings: Any,
) -> LoadTest:
    """Send a run's trace to a retail API in open loop, and judge it: `retail-lab replay` from Python.

    Args:
        run: a run of a chain, its folder, or a trace file.
        host: base URL of the API. Only loopback is loaded unless `allow_host` names the host.
        out: folder of the load test; one by the date in `runs/` without it.
        targets: besides the default ones, as `["p95=2s"]`.
        workers: processes that send.
        tell: called about every second with a line of progress.
        settings: of `retail-lab replay`, by name: `adapter="shop"`, `time_scale=60.0` (trace seconds a second), `first="17:30"` and `last`,
            `warmup_s`, `timeout_s`, `rate_cap` (journeys a second), `allow_host`, `cancel_orders`, … Secrets stay in the environment.

    Raises `Refusal` for what cannot be sent, `KeyboardInterrupt` for a replay that was stopped before it sent anything,
    `ModuleNotFoundError` without the extra `loadtests`.
    """
    folder = Path(out) if out else Path("runs") / f"replay-{datetime.now():%Y%m%d-%H%M%S}"
    send(_file(run, "trace.parquet"), host, folder, targets, workers, tell, **settings)
    return LoadTest(folder)


def capacity(
    run: Run | Path | str,
    host: str,
    stores: int | None = None,
    *,
    targets: Sequence[str] = (),
    minutes: float = 10.0,
    stage_s: float = 15.0,
    adapter: str = "shop",
    workers: int = 1,
    allow_host: str = "",
    out: Path | str = "runs/capacity",
    quiet: bool = False,
) -> CapacityFound:
    """Find how many stores like a run's an API carries at their peak: `retail-lab capacity` from Python.

    Args:
        run: a run of a chain with a trace window that holds its peak, or its folder.
        host: base URL of the API. Only loopback is loaded unless `allow_host` names the host.
        stores: ask only whether so many are carried, and end once that is decided; the most that is carried without it.
        targets: besides availability of 99 % and a mean of 2 s, as `["p95=1s"]`.
        minutes: until the search must have ended.
        stage_s: shortest stage, s.
        adapter: by name, by path or by entry point.
        workers: processes that send.
        allow_host: hosts beyond loopback that may be loaded.
        out: folder of the search; one that was interrupted goes on.
        quiet: print no line a stage.

    Raises `Refusal` for what cannot be sent, and for a folder with another search; `ModuleNotFoundError` without the extra `loadtests`.
    """
    played = run if isinstance(run, Run) else Run(run)
    there = len(played.manifest.scenario["stores"])
    found = seek(
        played.folder, host, Path(out), there, stores, targets, minutes, stage_s, adapter, workers, allow_host, quiet
    )
    return CapacityFound(found)


def verdict(test: LoadTest | Path | str, targets: Sequence[str] = ()) -> Verdict:
    """Judge the samples of a load test, again at any time, and leave the verdict in its folder: `decision`, `sentence`, `findings`.

    Args:
        test: a load test, or its folder.
        targets: besides the default ones, as `["availability=99.9%", "p95=2s"]`.

    Raises `Refusal` for a target or a folder that cannot be read.
    """
    folder = test.folder if isinstance(test, LoadTest) else LoadTest(test).folder
    return judge(folder, list(targets))


def profile(test: LoadTest | Path | str) -> Path:
    """Measure the service profile of a load test and return its file, which a scenario takes as `{"system.service": {"profile": file}}`.

    Raises `Refusal` where nothing was measured.
    """
    found = test if isinstance(test, LoadTest) else LoadTest(test)
    found.profile()
    return found.folder / "service_profile.json"


def _file(run: Run | Path | str, name: str) -> Path:
    """The file of that name in a run's folder, or the file itself."""
    place = run.folder if isinstance(run, Run) else Path(run)
    return place / name if place.is_dir() else place
