"""Each platform started once for a session, freshly stocked; tests skip with the reason where it is not installed."""

from __future__ import annotations

import pytest

from loadtests.platforms import cache, oscar, vendure
from loadtests.platforms.postgresql import programs
from sim.records.refusal import Refusal

PLATFORMS = {"vendure": vendure, "oscar": oscar}


def served(name: str):
    """Serve a platform where it is installed: tests install nothing."""
    if not cache.installed(name):
        pytest.skip(f"{name} is not installed: make platforms")
    try:
        programs()
    except Refusal as missing:
        pytest.skip(str(missing))
    with PLATFORMS[name].serve() as platform:
        yield platform


@pytest.fixture(scope="session", name="vendure")
def _vendure():
    yield from served("vendure")


@pytest.fixture(scope="session", name="oscar")
def _oscar():
    yield from served("oscar")


@pytest.fixture(params=["vendure", "oscar"])
def platform(request):
    """(name, where it is served) of each platform in turn."""
    return request.param, request.getfixturevalue(request.param)
