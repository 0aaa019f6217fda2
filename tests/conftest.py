"""Hypothesis judges results, not speed: how long an example takes depends on what else the machine does."""

from hypothesis import settings

settings.register_profile("lab", deadline=None)
settings.load_profile("lab")
