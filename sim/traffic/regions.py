"""Where online orders come from."""

from __future__ import annotations

import numpy as np

from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario


def region_shares(scenario: Scenario) -> np.ndarray:
    """Share of the online orders by region, float64[n_regions]: as configured, else as the stores' customers. Raises `Refusal`."""
    shares = dict.fromkeys((region.code for region in scenario.regions), 0.0)
    given = scenario.online.region_shares
    for code, share in given.items() if given else [(s.region, s.customers_per_day) for s in scenario.stores]:
        if code not in shares:
            path = ("online", "region_shares", code) if given else ("stores",)
            refuse_played(scenario, path, "the code of a region", code)
        shares[code] += share
    weights = np.array(list(shares.values()))
    return weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / len(weights))
