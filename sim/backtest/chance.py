"""Whether what happened is within chance of a model: a Monte Carlo test of all rows together, at an exact level whatever depends on what.

Where the model is true, the actual values and n replications are exchangeable, so the rank of any statistic of the actual among the replications'
is uniform (Barnard, Journal of the Royal Statistical Society B 25, 1963; Besag and Clifford, Biometrika 76, 1989). Days, weeks and classes share
customers and fitted parameters; a binomial test of coverage (Kupiec, Journal of Derivatives 3, 1995; Christoffersen, International Economic Review
39, 1998) takes them for independent and rejects too often. The greatest standardised statistic over all rows corrects for their number
(Westfall and Young, Resampling-Based Multiple Testing, 1993).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.backtest.cells import Row

LEVEL = 0.05
"""Share of true models that are rejected."""
_MOST_SD = 1e6
_LEAST_LOG = 0.02


def p_values(
    actual: Sequence[np.ndarray], replications: Sequence[np.ndarray], resolution: Sequence[float]
) -> list[float]:
    """The p-value of each row, corrected for the number of rows: below α in at least one row in a share α of true models.

    Args:
        actual: a row each, float64[cells]; NaN leaves a cell out.
        replications: float64[n, cells] each, the same n.
        resolution: in each row's unit, the least scatter of a cell.
    """
    n = len(replications[0]) if len(replications) else 0
    of_row = [
        _greatest(_statistics(np.concatenate([row[None], drawn]), least))
        for row, drawn, least in zip(actual, replications, resolution, strict=True)
    ]
    if not of_row:
        return []
    of_all = np.max(of_row, axis=0)[1:]
    return [float((1 + (of_all >= row[0]).sum()) / (n + 1)) for row in of_row]


def row_p_values(actual: Sequence[Row], predicted: Sequence[Row]) -> list[float]:
    """`p_values` of rows, whose predictions hold replications. Waits are compared by their logarithms: their scatter grows with their mean."""
    values, drawn, least = [], [], []
    for row, replications in zip(actual, predicted, strict=True):
        found, many = row.values.ravel(), replications.values.reshape(-1, row.values.size)
        waits = row.unit == "s"
        values.append(np.log(found + 1) if waits else found)
        drawn.append(np.log(many + 1) if waits else many)
        least.append(_LEAST_LOG if waits else row.resolution)
    return p_values(values, drawn, least)


def rejected(p: Sequence[float], level: float) -> bool:
    """Whether any row is beyond chance at a level."""
    return bool(p) and min(p) <= level + 1e-12


def _statistics(values: np.ndarray, resolution: float) -> np.ndarray:
    """float64[2, n + 1] from float64[n + 1, cells]: of each member the size of its mean deviation, and the root mean square of its deviations.

    Deviations are standardised by mean and standard deviation of all others, cell by cell.
    """
    values = values[:, ~np.isnan(values).any(axis=0)]
    members, cells = values.shape
    if not cells:
        return np.zeros((2, members))
    z = _apart(values, resolution)
    return np.stack([np.abs(z.mean(axis=1)), np.sqrt((z**2).mean(axis=1))])


def _greatest(statistics: np.ndarray) -> np.ndarray:
    """float64[n + 1]: the greater of each member's statistics, each standardised by those of the others."""
    return _apart(statistics.T, 1e-9).max(axis=1)


def _apart(values: np.ndarray, least: float) -> np.ndarray:
    """Deviations of each member from the mean of the others, over the others' standard deviation, which is taken for at least `least`."""
    others = len(values) - 1
    values = values - values.mean(axis=0)
    total, squares = values.sum(axis=0), (values**2).sum(axis=0)
    mean = (total - values) / others
    variance = np.maximum((squares - values**2) / others - mean**2, 0) * others / max(others - 1, 1)
    return np.clip((values - mean) / np.maximum(np.sqrt(variance), least), -_MOST_SD, _MOST_SD)
