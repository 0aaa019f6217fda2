"""An engine passed from Python plays in place of the scenario's."""

from __future__ import annotations

import pytest

from sim.chain.chain import Chain
from sim.chain.store.simpy_engine import SimpyEngine


class Patient(SimpyEngine):
    """No customer leaves a line before midnight."""

    def open_day(self, sheet, answers, regime, refills=None):
        super().open_day(sheet, answers, regime, refills)
        self.patience_s = [1e9] * len(sheet)


class Same(SimpyEngine):
    """Changes nothing."""


@pytest.fixture(scope="module")
def impatient(small):
    return small(days=1, online={"orders_per_day": 0}, trading={"patience_s": 1.0})


def kpis(scenario, engine=None):
    table = Chain(scenario, engine=engine).play().kpis
    return dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))


def test_a_subclass_that_takes_impatience_away_ends_abandonment(impatient):
    assert kpis(impatient)["abandonment"] > 0
    assert kpis(impatient, Patient)["abandonment"] == 0


def test_a_subclass_that_changes_nothing_plays_as_the_scenarios_engine(impatient):
    assert Chain(impatient, engine=Same).play().daily.equals(Chain(impatient).play().daily)
