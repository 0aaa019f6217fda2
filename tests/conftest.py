"""Hypothesis judges results, not speed: how long an example takes depends on what else the machine does. Long files run first.

Tests that need a browser drive Chromium, and are skipped where there is none.
"""

import gc
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("lab", deadline=None)
settings.load_profile("lab")

gc.set_threshold(50_000, 20, 1_000)
"""Thousands of tests stay in memory: a full collection takes half a second, and a twelfth of the time went there."""

LONGEST = ("tests/test_", "tests/theory/")
"""Where files take half a minute each: processes that share the files would wait for one of them at the end."""
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium without a window. It ends with its module: until then its event loop holds the thread, in which no other may run."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()
