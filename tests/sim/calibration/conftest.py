"""The shop and its log that tests of traffic have, for fits to it."""

from ..traffic.conftest import log_text, scenario_of

__all__ = ["log_text", "scenario_of"]
