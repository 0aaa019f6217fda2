"""Step functions inverted quickly: which SKU, channel or number of units a uniform stands for."""

from __future__ import annotations

import numpy as np

from ext.draws import steps
from sim.streams import use

_CELLS_A_STEP, _LEAST, _MOST = 4, 1 << 8, 1 << 16


class Steps:
    """Draws i with the weight between the cumulative sums i − 1 and i. A guide table says where to begin, and mostly where to end."""

    def __init__(self, cumulative: np.ndarray):
        share = np.asarray(cumulative, dtype=np.float64) / cumulative[-1]
        # Uniforms are whole numbers and a half, in units of 2⁻⁵².
        self.ends = np.ceil(share * 2.0**52 - 0.5).astype(np.int64)
        cells = min(max(1 << (_CELLS_A_STEP * len(share) - 1).bit_length(), _LEAST), _MOST)
        self.guide = np.searchsorted(self.ends, np.arange(cells) * (2**52 // cells), side="right").astype(np.int32)

    def draw(self, key: int, name: str, n: int) -> np.ndarray:
        """The steps of `counter_uniform(key, use(name), 0 … n − 1)`, i4[n]."""
        return steps(key, use(name), n, self.guide, self.ends)
