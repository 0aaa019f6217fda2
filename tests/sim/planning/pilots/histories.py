"""Tables of stores by day or week as people keep them, with a lift planted."""

import csv
from datetime import date, timedelta

import numpy as np

FIRST = date(2026, 1, 5)
"""A Monday."""


def written(
    path,
    stores=16,
    weeks=12,
    live=None,
    lift=0.0,
    noise=0.01,
    every=1,
    seed=1,
    headings=("store", "date", "sales"),
    extra=None,
):
    """A table with a row a store and day (`every` 1) or week (7).

    live: go-live by store number; lift: from it on, a share; extra: further cells of a row, by (store number, day).
    """
    draws, live = np.random.default_rng(seed), live or {}
    levels = draws.uniform(500, 5_000, stores)
    season = {}
    rows = [list(headings)]
    for n in range(stores):
        for day in range(0, 7 * weeks, every):
            when = FIRST + timedelta(days=day)
            share = season.setdefault(day, draws.uniform(0.8, 1.2))
            after = n in live and when >= live[n]
            sales = levels[n] * share * (1 + lift * after) * np.exp(draws.normal(0, noise * (7 / every) ** 0.5))
            rows.append([f"S{n:02d}", when, f"{sales:.4f}", *(extra(n, when) if extra else [])])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path
