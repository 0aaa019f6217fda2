"""The KPIs of replications that were played, line by line in a file: who searches among many scenarios can stop, and go on later."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from joblib import delayed

from sim.chain.chain import Chain
from sim.scenario.model import Scenario
from sim.study.run import in_processes, stamp


class Kept:
    """What is in the file is not played again, unless other code or library versions played it. Without a file, results live as long as this."""

    def __init__(self, file: Path | None = None):
        self._file, self._found = file, {}
        self._stamp = stamp()
        if file is not None and file.exists():
            self._read(file)

    def play(
        self,
        scenario: Scenario,
        replications: Iterable[int],
        jobs: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> list[dict[str, float]]:
        """KPIs by name of each replication, in order; `progress` hears how many are there."""
        keys = {replication: (scenario.hash, replication, self._stamp) for replication in replications}
        ahead = [replication for replication, key in keys.items() if key not in self._found]
        work = in_processes(min(jobs, max(len(ahead), 1)), (delayed(_kpis)(scenario, r) for r in ahead))
        for done, (replication, kpis) in enumerate(work, start=1):
            self._keep(keys[replication], kpis)
            if progress:
                progress(len(keys) - len(ahead) + done)
        return [self._found[key] for key in keys.values()]

    def _read(self, file: Path) -> None:
        whole = file.read_bytes().rpartition(b"\n")[0]
        with file.open("r+b") as cut:  # a line that somebody was killed over
            cut.truncate(len(whole) + 1 if whole else 0)
        for line in whole.splitlines():
            key, kpis = json.loads(line)
            self._found[tuple(key)] = kpis

    def _keep(self, key: tuple, kpis: dict[str, float]) -> None:
        self._found[key] = kpis
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps([key, kpis]) + "\n")


def _kpis(scenario: Scenario, replication: int) -> tuple[int, dict[str, float]]:
    kpis = Chain(scenario, replication).play().kpis
    gc.collect()  # a chain is a web of references: it would lie in memory while the next is played
    return replication, dict(zip(kpis["kpi"].to_pylist(), kpis["value"].to_pylist(), strict=True))
