"""Makes `statsforecast.json`, what another library forecasts of a few series: python make_statsforecast.py, where statsforecast is installed.

Statsforecast 2 holds pandas below 3 and cannot stand beside the lab's own packages, so its figures are kept.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from statsforecast import __version__, models

METHODS = {
    "seasonal_smoothing": models.SeasonalExponentialSmoothing(7, alpha=0.2),
    "croston_sba": models.CrostonSBA(),
    "tsb": models.TSB(alpha_d=0.1, alpha_p=0.1),
    "seasonal_naive": models.SeasonalNaive(7),
    "simple": models.SimpleExponentialSmoothing(alpha=0.2),
}

draw = np.random.default_rng(11)
weekday = np.array([0.9, 0.8, 0.8, 0.9, 1.0, 1.3, 1.3])[np.arange(56) % 7]
late = np.zeros(56)
late[50] = 3
series = [
    draw.poisson(8 * weekday),
    draw.poisson(0.4, 56),
    draw.binomial(1, 0.2, 56) * draw.geometric(0.2, 56),
    np.round(draw.gamma(2, 5, 56)),
    late,
]
forecasts = {
    name: [method.forecast(y=one.astype(float), h=9)["mean"].tolist() for one in series]
    for name, method in METHODS.items()
}
found = {"version": __version__, "series": [one.astype(int).tolist() for one in series], "forecasts": forecasts}
Path(__file__).with_name("statsforecast.json").write_text(json.dumps(found) + "\n")
