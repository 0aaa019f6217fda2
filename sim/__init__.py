"""The lab from Python: `import sim as lab`.

    run = lab.run("pilot", days=14, replications=5)      play a scenario: a shipped one by name, a file, or a Scenario
    run.summary, run.kpis, run.daily, run.hourly         tables as pandas frames, with dates, regions and names
    run.plot.waits()                                     figures, with what they show as their title
    run.film()                                           a map of the stores that moves through the hours of days
    lab.compare(run, other)                              paired differences with 95 % intervals
    lab.open("runs/…")                                   a run that was played, or a load test that was sent, from its folder
    with lab.shop(run) as shop:                          a small real retail API, and a load test against it
        test = lab.replay(run, shop.url, time_scale=60)
    lab.capacity(run, shop.url, 50), lab.validate("mine.yaml", "sales.csv")   stores that an API carries; a model held against recorded weeks
    lab.page([run, test], "report.html")                 one page to hand on
    lab.Study.play("pilot", factors={…})                 scenarios × factors × replications, compared
    lab.vendors("vendors.yaml"), lab.gate(…), lab.goals(…)   decisions, from records and tables
    lab.pilot_design(run), lab.pilot_analyse("stores.csv")   which pilot sees a lift, and what a go-live changed
    lab.rollout("plan.yaml"), lab.drill("pilot"), lab.health("figures.xlsx"), lab.process("as-is.yaml", "to-be.bpmn")

`help(lab.run)` and the like describe arguments; `help(lab.Run.daily)` describes every column of a frame with its unit. What is wrong with
an input raises `lab.Refusal`, whose text is one line. Scenarios execute the Python files they name only with `allow_code=True`. Load
generators and shops are processes of their own.

Nothing is imported before it is used: `import sim` takes no time and loads no other package.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true by its name; importing typing takes longer than all else here
if TYPE_CHECKING:
    from sim.lab import (
        Calibration,
        CapacityFound,
        Compared,
        Drills,
        Gate,
        Goals,
        Health,
        LoadTest,
        Picture,
        PilotAnalysis,
        PilotDesign,
        Policies,
        Processes,
        Refusal,
        Rollouts,
        Run,
        Scenario,
        Searched,
        Study,
        Validation,
        Vendors,
        calibrate,
        capacity,
        compare,
        drill,
        gate,
        goals,
        health,
        load,
        open,
        page,
        pilot_analyse,
        pilot_design,
        process,
        profile,
        replay,
        replenish,
        rollout,
        run,
        scenarios,
        search,
        shop,
        validate,
        vendors,
        verdict,
        verdict_against,
    )

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


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import sim.lab

    return getattr(sim.lab, name)


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
