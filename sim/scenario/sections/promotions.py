"""What a scenario says of promotions: SKUs that are asked for more often on some days, and what the planner expects of them."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.sections.distributions import Variation, Varying
from sim.scenario.sections.section import SPARE, Day, Section, Share, Within

_FACTOR = (0.001, 1_000)
PlannedFactor = Annotated[float, Within(*_FACTOR)]


def _codes(value: object) -> object:
    return [code for code in re.split(r"[\s,;、，；]+", value) if code] if isinstance(value, str) else value


class Promotion(Section):
    """SKUs on promotion for some days, in all stores and online. Of several on a day, the factors of a SKU are multiplied."""

    name: str = ""
    first: Day
    last: Day
    skus: Annotated[list[str], BeforeValidator(_codes), Field(min_length=1, max_length=1_000_000)]
    """Their codes; in a cell of a table apart by commas, semicolons or spaces."""
    factor: Annotated[float, Within(*_FACTOR)]
    """On the popularity of each of its SKUs. Customers and lines stay as many: of a factor above 1, others are asked for less."""
    planned_factor: Annotated[PlannedFactor | None, SPARE] = None
    """The factor that the planner expects. None: the true one."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError("last not earlier than first")
        return self


class PromotionRule(Section):
    """Promotions by rule: every so many days another share of the SKUs, drawn from the seed by the date on which a round begins."""

    every_days: Annotated[int, Within(1, 366, "d")] = 7
    """Rounds of 7 days begin on Mondays."""
    lasts_days: Annotated[int, Within(1, 366, "d")] = 7
    sku_share: Share
    """Of the SKUs, each with the same chance."""
    factor: Annotated[Varying, Within(*_FACTOR)]
    """Drawn by SKU and round."""
    forecast_error_cv: Variation = 0.0
    """Coefficient of variation of planned over true factor: lognormal, with mean 1, by SKU and round. 0: the planner expects the true one."""

    @model_validator(mode="after")
    def _one_after_another(self) -> Self:
        if self.lasts_days > self.every_days:
            raise ValueError("lasts_days not above every_days")
        return self
