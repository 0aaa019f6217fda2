"""Load tests of simulated systems whose failures come in bursts and whose requests wait in stalls, as the requests that count."""

import numpy as np

from sim.evidence.requests import Requests

REQUESTS, LENGTH_S = 2_000, 150.0
NAMES = ("browse", "checkout")
MEDIAN_S = np.array([0.08, 0.3])


def trace(rng):
    """Instants, and the journey at each: three in ten are checkouts, which take four times as long."""
    t = np.sort(rng.uniform(0, LENGTH_S, REQUESTS))
    return t, (rng.random(REQUESTS) < 0.3).astype(int)


def drifting_trace(rng):
    """The same, with the share of checkouts rising from none to six in ten."""
    t = np.sort(rng.uniform(0, LENGTH_S, REQUESTS))
    return t, (rng.random(REQUESTS) < 0.6 * t / LENGTH_S).astype(int)


def run(rng, played, failing=0.004, burst=5, stalls=3.0, stall_s=1.0, slower=1.0):
    """One run of a trace: `failing` is the share of failed requests, in bursts of `burst` on average; `stalls` is the mean number of stalls."""
    t, journey = played
    response_s = slower * MEDIAN_S[journey] * rng.lognormal(0, 0.4, REQUESTS)
    for start in rng.uniform(0, LENGTH_S, rng.poisson(stalls)):
        waits = (t >= start) & (t < start + stall_s)
        response_s[waits] += start + stall_s - t[waits]
    failed = np.zeros(REQUESTS, dtype=bool)
    for start in rng.integers(0, REQUESTS, rng.poisson(REQUESTS * failing / burst)):
        failed[(start + np.cumsum(rng.geometric(0.5, rng.geometric(1 / burst)))) % REQUESTS] = True
    return Requests(t, np.where(failed, np.inf, response_s), failed, journey, NAMES, np.arange(REQUESTS))
