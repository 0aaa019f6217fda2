"""What `import sim as lab` gives: scenarios played, runs opened and held against each other, load tests sent, decisions judged."""

from sim.lab.backtests import Validation, validate
from sim.lab.decisions import Compared, Gate, Goals, Vendors, gate, goals, vendors, verdict_against
from sim.lab.folders import open, page
from sim.lab.loads import CapacityFound, LoadTest, capacity, profile, replay, shop, verdict
from sim.lab.operations import Drills, Health, Processes, drill, health, process
from sim.lab.pilots import PilotAnalysis, PilotDesign, pilot_analyse, pilot_design
from sim.lab.planning import Calibration, Policies, Searched, calibrate, replenish, search
from sim.lab.plots import Picture
from sim.lab.rollouts import Rollouts, rollout
from sim.lab.runs import Run, compare, load, run, scenarios
from sim.lab.studies import Study
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario

__all__ = [
    "Calibration",
    "CapacityFound",
    "Compared",
    "Drills",
    "Gate",
    "Goals",
    "Health",
    "LoadTest",
    "Picture",
    "PilotAnalysis",
    "PilotDesign",
    "Policies",
    "Processes",
    "Refusal",
    "Rollouts",
    "Run",
    "Scenario",
    "Searched",
    "Study",
    "Validation",
    "Vendors",
    "calibrate",
    "capacity",
    "compare",
    "drill",
    "gate",
    "goals",
    "health",
    "load",
    "open",
    "page",
    "pilot_analyse",
    "pilot_design",
    "process",
    "profile",
    "replay",
    "replenish",
    "rollout",
    "run",
    "scenarios",
    "search",
    "shop",
    "validate",
    "vendors",
    "verdict",
    "verdict_against",
]
