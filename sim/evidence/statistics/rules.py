"""How strictly samples are held against their targets: the confidence of each bound, and what is declared of failures before any is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.evidence.statistics.intervals import CONFIDENCE


@dataclass(frozen=True)
class Rules:
    """Confidence of each bound, and what is assumed of incidents."""

    confidence: float = CONFIDENCE
    """Of each one-sided bound."""
    gap_s: float | None = None
    """Bad requests at most this far apart are one incident; None takes the gap from each target."""
    incident_s: float = 0.0
    """Length of the incidents that are reckoned with even where none was seen."""

    def least_effect(self, t: np.ndarray) -> float:
        """How many requests stand at least for one independent one: those that an incident of the declared length would hold.

        Args:
            t: instants of the requests, float64[n], sorted.
        """
        if len(t) < 2 or not self.incident_s:
            return 1.0
        return max(1.0, self.incident_s * (len(t) - 1) / max(float(t[-1] - t[0]), 1e-9))


ONE_LOOK = Rules()
"""One look at the whole window: each bound with 95 % confidence, incidents as they were seen."""
