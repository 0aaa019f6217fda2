"""What a replication is measured by beside its KPIs, so that intervals can rest on its days: sums of counters over locations, by day."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.chain.chain import Chain
from sim.evidence.kpi_days import DAY_COUNTERS
from sim.scenario.model import Scenario
from sim.study.kept_kpis import PACKED, Measures, numbers

_DTYPE = np.dtype("<f8")


@dataclass(frozen=True)
class DaySums:
    """Plays a replication and returns its KPIs with the day sums of `DAY_COUNTERS`, as `Kept` takes what is measured."""

    def __call__(self, scenario: Scenario, replication: int) -> Measures:
        """KPIs by name, and as a text the days that count."""
        chain = Chain(scenario, replication)
        found: Measures = dict(numbers(chain.play()))
        daily = chain.tally.by_day()
        sums = np.stack([daily[name].sum(axis=0)[scenario.warmup_days :] for name in DAY_COUNTERS], axis=1)
        return found | {PACKED: b64encode(zlib.compress(sums.astype(_DTYPE).tobytes())).decode("ascii")}


def day_sums(found: Sequence[Any]) -> NDArray[np.float64]:
    """Of what `DaySums` returned for the replications of a scenario: float64[replications, days, counters]."""
    packed = [np.frombuffer(zlib.decompress(b64decode(each[PACKED])), _DTYPE) for each in found]
    return np.stack(packed).reshape(len(packed), -1, len(DAY_COUNTERS))


def day_table(sums: NDArray[np.float64], first_day: int) -> pd.DataFrame:
    """The sums as a table: `replication`, `day` and `DAY_COUNTERS`, a row a replication and day. `first_day`: the number of the first that counts."""
    replications, days, _ = sums.shape
    frame = pd.DataFrame(sums.reshape(replications * days, -1), columns=list(DAY_COUNTERS))
    frame.insert(0, "day", np.tile(np.arange(first_day, first_day + days, dtype=np.int32), replications))
    frame.insert(0, "replication", np.repeat(np.arange(replications, dtype=np.int32), days))
    return frame
