"""The plan and the evidence of a case."""

import pytest

from sim.scenario.loader import load
from sim.scenario.shortened import shortened

from .records import Case


@pytest.fixture(scope="module")
def peak_hash():
    """Of the pilot's scenario with the stores of the first wave, as a peak plays it."""
    return shortened(load("pilot", ["replications=1"]), stores=["SH01"]).hash


@pytest.fixture(scope="module")
def pilot_hash():
    return load("pilot").hash


@pytest.fixture
def case(tmp_path, peak_hash, pilot_hash):
    return Case(tmp_path, peak_hash, pilot_hash)
