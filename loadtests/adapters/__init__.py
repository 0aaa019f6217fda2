"""How one platform's API does each journey of a trace: an adapter a platform, a small Python class."""

from loadtests.adapters.base import Adapter, Ended, Errand, load

__all__ = ["Adapter", "Ended", "Errand", "load"]
