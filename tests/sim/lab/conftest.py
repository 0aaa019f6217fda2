"""Runs of two small scenarios, played once: two stores for three days in two replications, with and without attribute entry."""

import pytest

import sim as lab


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(out):
    return lab.run("chain-50", days=3, stores=2, replications=2, out=out)


@pytest.fixture(scope="module")
def other(out):
    return lab.run("chain-50", {"system.attribute_entry": True}, days=3, stores=2, replications=2, out=out)


@pytest.fixture(scope="module")
def shop(out):
    """A corner shop with a trace of its busiest hour."""
    return lab.run("corner-shop", out=out)
