"""Weights of a group: by hand, by pairwise comparison (AHP), or equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random matrices of 1 to 10 elements (Saaty, The Analytic Hierarchy Process, McGraw-Hill 1980)."""
LARGEST_RATIO = 0.1
"""A larger consistency ratio, and the judgements should be looked at again (Saaty 1980)."""
LARGEST_COMPARISON = 9.0
"""Of Saaty's scale: 1 equal importance, 9 extreme importance."""
_ROUNDED = 0.005
"""By which weights that were rounded may miss their sum, in parts of it."""


def ahp(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights float64[n], of sum 1, and the consistency ratio of a reciprocal matrix of comparisons, float64[n, n].

    The weights are the principal eigenvector (Saaty 1980); the ratio is (λ − n) / (n − 1) over that of random matrices, 0 for n < 3.
    """
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    n = len(matrix)
    if n < 3:
        return weights / weights.sum(), 0.0
    index = max((float(values[first].real) - n) / (n - 1), 0.0)
    return weights / weights.sum(), index / RANDOM_INDEX[n - 1]


def reciprocal(rows: Sequence[Sequence[float]]) -> np.ndarray:
    """A matrix of comparisons from its rows, each whole or from the diagonal on. Raises `ValueError` in words for anything else."""
    n = len(rows)
    if n > len(RANDOM_INDEX):
        raise ValueError(f"at most {len(RANDOM_INDEX)} elements to compare in pairs")
    matrix = np.ones((n, n))
    for i, row in enumerate(rows):
        if len(row) not in (n, n - i):
            raise ValueError(f"{n} numbers in row {i + 1} (or the {n - i} from the diagonal on)")
        given = row[-(n - i) :]
        if abs(given[0] - 1) > 1e-9:
            raise ValueError(f"1 on the diagonal of row {i + 1}")
        for j, value in enumerate(given, i):
            matrix[i, j], matrix[j, i] = value, 1 / value
    for i, row in enumerate(rows):
        for j in range(i if len(row) == n else 0):
            if abs(row[j] * matrix[j, i] - 1) > 0.02:
                raise ValueError(f"in row {i + 1}, column {j + 1} the reciprocal of {matrix[j, i]:g}, not {row[j]:g}")
    return matrix


def by_hand(weights: Sequence[float]) -> np.ndarray:
    """Weights of sum 1 from numbers that add up to 1 or to 100. Raises `ValueError` in words where they do not."""
    total = float(sum(weights))
    for whole in (1.0, 100.0):
        if abs(total - whole) <= _ROUNDED * whole:
            return np.array(weights, dtype=np.float64) / total
    raise ValueError(f"weights that add up to 1 or to 100, not to {total:g}")
