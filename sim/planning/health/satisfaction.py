"""Satisfaction out of a chain: a model of waits, customers lost, items missing and tickets without the system. It measures no opinion.

satisfaction = max(1, best − waited_points · W − left_points · L − missing_points · M − offline_points · O), with, over a quarter,

* W: of all customers, the share that waited longer than `wait_target_s`, those who then left among them;
* L: of all customers, the share that left without paying: lines given up, doors or lines met closed or full, payments that failed;
* M: of the units wanted, the share that was not there when looked for;
* O: of the tickets, the share that began while the system was out of reach.

Every parameter is assumed: a survey beside counters of the same quarters is what would calibrate them.
"""

from __future__ import annotations

from typing import Annotated

import pandas as pd
from pydantic import Field

from sim.records.load_run import Record

Points = Annotated[float, Field(ge=0, le=100)]


class SatisfactionModel(Record):
    """Parameters, in points of a scale from 1 to 5, all assumed."""

    best: Annotated[float, Field(ge=1, le=5)] = 4.9
    """Mean of customers who met with none of the four."""
    waited_points: Points = 1.0
    """Points lost by a customer who waited longer than the target."""
    left_points: Points = 3.0
    """Points lost by a customer who left without paying."""
    missing_points: Points = 2.0
    """Points lost by a customer all of whose units were missing; in proportion for some."""
    offline_points: Points = 0.5
    """Points lost on a ticket that began without the system."""

    def of(self, totals: pd.DataFrame) -> pd.Series:
        """The model's satisfaction for each row of sums of counters; NaN where no customer came."""
        waited = (totals["waits_over_target"] + totals["abandoned_waits_over_target"]) / totals["customers"]
        left = (totals["abandoned"] + totals["turned_away"] + totals["payment_lost"]) / totals["customers"]
        missing = (totals["short_units"] / totals["demanded_units"]).fillna(0.0)
        offline = (totals["offline_tickets"] / totals["tickets"]).fillna(0.0)
        lost = self.waited_points * waited + self.left_points * left
        lost += self.missing_points * missing + self.offline_points * offline
        return (self.best - lost).clip(lower=1.0)

    @property
    def formula(self) -> str:
        """The formula with its parameters, in a line."""
        return (
            f"satisfaction = max(1, {self.best:g} − {self.waited_points:g} W − {self.left_points:g} L "
            f"− {self.missing_points:g} M − {self.offline_points:g} O)"
        )
