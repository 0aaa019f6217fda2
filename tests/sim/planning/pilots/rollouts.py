"""Stores whose outcomes are known: a level of their own, weeks that all share, and noise."""

import numpy as np

from sim.planning.pilots.estimator import Rollout


def made(draws, sizes, starts, periods, noise=0.05, lift=0.0, never=8):
    """A rollout of `sizes` stores a wave from `starts` on, beside stores that `never` go live, with a lift planted; the order of stores is drawn."""
    live = draws.permutation(np.concatenate([np.repeat(starts, sizes), np.repeat(periods, never)]))
    values = (
        draws.normal(0, 0.5, (len(live), 1))
        + draws.normal(0, 0.2, periods)
        + draws.normal(0, noise, (len(live), periods))
    )
    return Rollout(values + lift * (np.arange(periods) >= live[:, None]), live)
