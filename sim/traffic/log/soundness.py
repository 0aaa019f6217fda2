"""Plausibility of a log: a calibration refuses a log with too many implausible rows or tickets."""

from __future__ import annotations

from pathlib import Path

from sim.records.refusal import Refusal
from sim.traffic.log.reader import Log

MOST_SKIPPED_SHARE = 0.05
"""Of rows."""
MOST_SPLIT_SHARE = 0.02
"""Of tickets."""
MOST_UNDATED_SHARE = 0.2
"""Of tickets: at midnight exactly."""
MOST_UNITS_MEAN = 50.0
"""Units a line; a till's total in the quantity column gives more."""


def check(path: Path, log: Log, accept_skipped: bool = False) -> list[str]:
    """Implausible properties of a log, one sentence each; empty without any.

    Raises `Refusal` where the log has no time of day, and, unless `accept_skipped`, where a share or mean above is exceeded.
    """
    if log.undated_share > MOST_UNDATED_SHARE:
        found = f"{log.undated_share:.0%} of tickets at midnight"
        raise Refusal(path, "timestamp", "a time of day (two columns: --column timestamp=DATE+TIME)", found)
    skipped = len(log.skipped) / log.rows
    split = log.split_tickets / len(log.tickets)
    units = float(log.tickets.line_units.mean())
    odd = []
    if skipped > MOST_SKIPPED_SHARE:
        first = log.skipped[0]
        odd.append(
            f"{len(log.skipped):,} of {log.rows:,} rows ({skipped:.1%}) are skipped, above {MOST_SKIPPED_SHARE:.0%}: "
            f"{first.place}: {first.reason}"
        )
    if split > MOST_SPLIT_SHARE:
        odd.append(
            f"{log.split_tickets:,} of {len(log.tickets):,} tickets have rows half an hour apart or of two customers: "
            "tills that count alike are merged (--column till=NAME)"
        )
    if units > MOST_UNITS_MEAN:
        odd.append(f"{units:.1f} units a line on average, above {MOST_UNITS_MEAN:g}: is the quantity column a total?")
    if odd and not accept_skipped:
        raise Refusal(path, "", f"a log that can be believed (--accept-skipped to insist): {'; '.join(odd)}")
    return odd
