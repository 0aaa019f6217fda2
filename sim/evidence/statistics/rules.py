"""Rules of a decision, fixed before any sample is seen: confidence of each bound, gap and least length of incidents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.evidence.statistics.intervals import CONFIDENCE


@dataclass(frozen=True)
class Rules:
    """Confidence of each bound, and assumptions on incidents."""

    confidence: float = CONFIDENCE
    """Confidence of each one-sided bound."""
    gap_s: float | None = None
    """Bad requests at most this far apart are one incident; None: `chance_gap_s` of each target."""
    incident_s: float = 0.0
    """Length of incidents, s, that the design effect assumes even where none was seen; 0 assumes none."""

    def least_effect(self, t: np.ndarray) -> float:
        """Lower bound on the design effect: mean number of requests in `incident_s`; at least 1.

        Args:
            t: instants of the requests, float64[n], sorted.
        """
        if len(t) < 2 or not self.incident_s:
            return 1.0
        return max(1.0, self.incident_s * (len(t) - 1) / max(float(t[-1] - t[0]), 1e-9))


ONE_LOOK = Rules()
"""One look at the whole window: 95 % confidence for each bound, no assumed incident."""
