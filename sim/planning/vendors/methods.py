"""Methods of ranking beside the weighted sum, from pymcdm, as a cross-check."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

Rank = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Places float64[vendors], 1 the first, from scores float64[vendors, criteria] and weights float64[criteria]; NaN where a method gives none."""


def weighted_sum(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Places by the weighted sum."""
    return _places(scores @ weights)


def others() -> dict[str, Rank]:
    """TOPSIS (Hwang and Yoon 1981), VIKOR (Opricovic and Tzeng 2004) and PROMETHEE II (Brans and Vincke 1985) by name; none without the extra
    `planning`."""
    if find_spec("pymcdm") is None:
        return {}
    from pymcdm import normalizations
    from pymcdm.methods import PROMETHEE_II, TOPSIS, VIKOR

    topsis = TOPSIS(normalization_function=normalizations.vector_normalization)
    return {
        "TOPSIS": _rank(lambda x, w: topsis(x, w, np.ones(len(w)), validation=False)),
        "VIKOR": _rank(lambda x, w: -VIKOR()(x, w, np.ones(len(w)), validation=False)),
        "PROMETHEE II": _rank(lambda x, w: PROMETHEE_II("usual")(x, w, np.ones(len(w)), validation=False)),
    }


def _rank(preference: Rank) -> Rank:
    """Places by a preference, with criteria left out that do not distinguish the vendors: the methods divide by their spread."""

    def rank(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
        distinct = (np.ptp(scores, axis=0) > 0) & (weights > 0)
        if not distinct.any():
            return np.ones(len(scores))
        kept = weights[distinct]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.asarray(preference(scores[:, distinct], kept / kept.sum()), dtype=np.float64)
        return _places(found) if np.isfinite(found).all() else np.full(len(scores), np.nan)

    return rank


def _places(preference: np.ndarray) -> np.ndarray:
    return np.array([1 + np.sum(preference > each + 1e-9) for each in preference], dtype=np.float64)
