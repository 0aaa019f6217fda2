"""Tills that an hour needs: the fewest at which few customers wait longer than the target."""

from __future__ import annotations

import math

LATE_SHARE = 0.05
"""Of customers, that may wait longer than the target."""
MOST = 200
"""Tills tried."""


def tills_needed(load: float, service_s: float, target_s: float) -> int | None:
    """The fewest tills at which at most `LATE_SHARE` of customers wait longer than `target_s`, by Erlang's delay formula (M/M/c, steady state).

    `load`: hours of till work that an hour brings (offered load, in erlangs); `service_s`: mean time of a ticket.
    P(wait > t) = C(c, a) exp(−(c − a) t / s) (Gross et al., Fundamentals of Queueing Theory, 2.3). None where the load is no number, or more
    than `MOST` tills can do.
    """
    if not (math.isfinite(load) and load >= 0 and service_s > 0):
        return None
    if not load:
        return 0
    blocked = 1.0  # Erlang's loss formula, by its recursion in the number of tills
    for tills in range(1, MOST + 1):
        blocked = load * blocked / (tills + load * blocked)
        if tills > load:
            waits = blocked / (1 - (load / tills) * (1 - blocked))
            if waits * math.exp(-(tills - load) * target_s / service_s) <= LATE_SHARE:
                return tills
    return None
