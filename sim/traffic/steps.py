"""Step functions inverted quickly: which SKU, channel or number of units a uniform stands for."""

from __future__ import annotations

import numpy as np

from ext.draws import steps

_CELLS_A_STEP, _LEAST, _MOST = 4, 1 << 8, 1 << 16


class Steps:
    """Draws i with the weight between the cumulative sums i − 1 and i. A guide table says where to begin, and mostly where to end."""

    def __init__(self, cumulative: np.ndarray):
        self.ends = np.ascontiguousarray(cumulative, dtype=np.float64) / cumulative[-1]
        cells = min(max(1 << (_CELLS_A_STEP * len(self.ends) - 1).bit_length(), _LEAST), _MOST)
        self.guide = np.searchsorted(self.ends, np.arange(cells) / cells, side="right").astype(np.int32)

    def draw(self, u: np.ndarray) -> np.ndarray:
        """Uniforms in [0, 1) to numbers of steps, i4 of the same length."""
        return steps(u, self.guide, self.ends)
