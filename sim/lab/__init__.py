"""What `import sim as lab` gives: scenarios played, runs opened and held against each other, load tests sent, as pandas frames and figures."""

from sim.lab.folders import open, page
from sim.lab.loads import LoadTest, profile, replay, shop, verdict
from sim.lab.planning import Calibration, Policies, Searched, calibrate, replenish, search
from sim.lab.plots import Picture
from sim.lab.runs import Run, compare, load, run, scenarios
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario

__all__ = [
    "Calibration",
    "LoadTest",
    "Picture",
    "Policies",
    "Refusal",
    "Run",
    "Scenario",
    "Searched",
    "calibrate",
    "compare",
    "load",
    "open",
    "page",
    "profile",
    "replay",
    "replenish",
    "run",
    "scenarios",
    "search",
    "shop",
    "verdict",
]
