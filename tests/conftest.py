"""Hypothesis judges results, not speed: how long an example takes depends on what else the machine does. Long files run first."""

from hypothesis import settings

settings.register_profile("lab", deadline=None)
settings.load_profile("lab")

LONGEST = ("tests/test_", "tests/theory/")
"""Where files take half a minute each: two processes that share the files would wait for one of them at the end."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
