"""The result of a search for capacity: its stages, each a load test, and the scaling model fitted to them."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Record
from sim.records.verdict import Decision

FORMAT: Final = 1


class Stage(Record):
    """One rate, held for a while and judged."""

    factor: float
    """Of the peak: 2 is twice the chain."""
    run: str
    """Folder of the load test, within the search's."""
    length_s: float
    """Judged, after the warm-up."""
    took_s: float
    """From the first preparation to the last clean-up."""
    journeys_per_s: float
    """Begun in the judged stretch, over its length."""
    requests: int
    """That the verdict counts."""
    requests_per_s: float
    """The same over the length of the judged stretch."""
    answered_per_s: float
    """Requests answered within the judged stretch, over its length."""
    concurrency: float
    """Mean number of requests in the API at once."""
    mean_s: float | None
    p95_s: float | None
    decision: Decision
    sentence: str
    stable: bool
    """Throughput kept up with the rate asked, and concurrency did not grow."""
    unmet: list[str]
    """Binding targets whose estimate, without its interval, is beyond the limit."""
    thorough: bool
    """Long enough to pass with one or two failures; the stages that approach the limit are shorter."""

    @property
    def carried(self) -> bool:
        """It passed and was stable, so that a longer stage would pass too."""
        return self.decision == "pass" and self.stable

    @property
    def held(self) -> bool:
        """It was carried, or it was too short to pass and no estimate missed its target."""
        too_short = self.decision == "inconclusive" and not self.thorough
        return self.carried or (too_short and self.stable and not self.unmet)


class Scaling(Record):
    """Universal Scalability Law (Gunther 1993): X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), fitted to the stable stages."""

    per_s_at_one: float
    """λ: requests per second at a concurrency of 1."""
    contention: float
    """σ, contention: serial share of the work."""
    coherency: float
    """κ, coherency: cost of each pair of concurrent requests."""
    knee: float | None
    """Concurrency at which throughput is highest; None where the fit has no maximum in or near the measured range."""
    peak_per_s: float | None
    """Requests per second there, or the asymptote λ/σ without a knee; None where throughput still grows in proportion."""
    peak_low_per_s: float | None
    peak_high_per_s: float | None
    """90 % interval of the peak (bootstrap over batches within stages); None where it has no end."""


class Capacity(Record):
    """The result of a search for capacity, with its stages."""

    format: Literal[1] = FORMAT
    host: str
    scenario: str
    scenario_hash: str
    targets: list[str]
    stores: int
    adapter: str = ""
    adapter_sha256: str = ""
    """SHA-256 of the adapter's file: results under different adapters do not compare."""
    stage_s: float = 0.0
    """Shortest stage."""
    timeout_s: float = 0.0
    workers: int = 0
    proxy: str = ""
    client_certificate: str = ""
    peak_from_s: float
    """Trace seconds at which the busiest stretch begins."""
    peak_requests_per_s: float
    """Of the chain as it is, at its peak."""
    stages: list[Stage] = []
    at_least: int | None = None
    """Stores that the API was asked to carry; None where the search was for the most that it carries."""
    decision: Decision = "inconclusive"
    """Whether it carries `at_least` stores; where that is None, whether it carries any load tried."""
    unfinished: str = ""
    """Why the search ended before its bracket was narrow, or the question was decided."""
    scaling: Scaling | None = None
    sentence: str = ""
