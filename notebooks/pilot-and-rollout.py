# %% [markdown]
# # Do we pilot first, and are fifty stores live within six months?
#
# A steering committee wants a day, a cost and a chance. The notebook samples four plans under the same draws: all stores at once, a pilot of two
# or of five stores, and region by region. It then asks what overlap of phases would make the goal likely.
#
# The plans that ship are an example: every length, price and chance in them is made up. **Put the paths of your own plans here**; tasks may stand
# in Microsoft Project's XML, a CSV or a workbook. [docs/rollout.md](../docs/rollout.md) describes a plan and the rules by which it is sampled.

# %%
import numpy as np
from ipywidgets import interact
from scipy.stats import binomtest

import sim as lab

PLANS = "example"  # ["pilot-first.yaml", "big-bang.yaml"], or "plan.xml"
SAMPLES = 100  # for a first look; 10,000 take some minutes and narrow the intervals to a tenth

plans = lab.rollout(PLANS, samples=SAMPLES)
plans.table.drop(columns="goal").round({"chance": 3, "low": 3, "high": 3, "joint": 2, "cost_p50": -3, "cost_p80": -3}).T

# %% [markdown]
# ## 1. When are the stores live?
#
# A bar holds 80 % of the samples; the percentage is the chance of the goal that the plans have in common.

# %%
plans.plot.plans()

# %% [markdown]
# The draws are named for tasks, stores and risks, so two plans share those of what they have in common. Their differences are therefore known
# better than their levels: chance of the goal, best plan less the other, with its 95 % interval, and days and money by which the best is sooner
# and cheaper.

# %%
plans.rivals.round({"difference": 3, "low": 3, "high": 3, "sooner": 3, "days": 1, "cheaper": -3})

# %% [markdown]
# ## 2. Which overlap of phases makes it likely?
#
# The same plan and the same draws, with phases that begin while a share of the phase before is still to come. What tasks wait for still holds.

# %%
overlaps = plans.overlaps.assign(share=lambda frame: frame["share"].map("{:.0%} still to come".format))
overlaps.pivot(index=["plan", "phases"], columns="share", values="chance").round(3)

# %% [markdown]
# A big bang meets the goal because no store pilots it, and an overlap does because waves begin before the pilot is evaluated. What both risk does
# not show in this chance: what the pilot finds comes too late for them. Whether a pilot of two or five stores would see a lift at all is asked of
# a history of sales: `lab.pilot_design("sales.xlsx", 0.03, stores=5)` ([docs/pilots.md](../docs/pilots.md)).
#
# ## 3. What sets the end of the plan with a pilot?
#
# Its Gantt chart, with the tasks that are most often on the chain that sets the end.

# %%
PILOT = plans.table.index[0]
plans.plot.gantt(PILOT)

# %%
plans.plot.curves(PILOT)

# %% [markdown]
# ## 4. By which day would it be likely?
#
# Chance that a plan has ended so many days after its start, with the exact 95 % interval of the sampling.


# %%
LEVEL = 0.95  # as of the intervals above


def ended(plan, days):
    done = np.array([day for day, _ in plans.of(plan).scatter]) <= days
    ends = binomtest(int(done.sum()), len(done)).proportion_ci(LEVEL)
    print(f"{plan} has ended by day {days} in {done.mean():.0%} of samples ({ends.low:.0%} to {ends.high:.0%})")


ended(PILOT, 270)

# %%
_ = interact(ended, plan=list(plans.table.index), days=(90, 540, 10))

# %% [markdown]
# ## 5. The answer
#
# The interval is that of sampling, and shrinks with `SAMPLES`; whether the plan's lengths are right, only work that has been done can show.

# %%
best = plans.record.best
first, pilot = plans.table.loc[best.plan], plans.table.loc[PILOT]
condition = next(
    (line for line in plans.conditions if line.startswith(f"{PILOT}: ")), f"{PILOT}: it is likely as it stands."
)
print(
    f"{best.goal}: {best.plan} {first['chance']:.1%} ({first['low']:.1%} to {first['high']:.1%}), "
    f"{PILOT} {pilot['chance']:.1%} ({pilot['low']:.1%} to {pilot['high']:.1%}), with {LEVEL:.0%} confidence. {condition} "
    f"With {PILOT} four samples of five have all stores live by {pilot.live_p80:%Y-%m-%d}."
)
