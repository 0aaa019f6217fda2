# %% [markdown]
# # Which replenishment policy needs less stock and still serves the same customers?
#
# The same customers are played under several policies. Because the demand is the same, replication by replication, the differences between
# policies are known far better than any of their levels.
#
# **Put your own scenario here**; [calibrate-to-your-log](calibrate-to-your-log.ipynb) makes one from a sales log, and
# [docs/replenishment.md](../docs/replenishment.md) describes the policies.

# %%
from pathlib import Path
from tempfile import mkdtemp

from ipywidgets import interact

import sim as lab
from sim.stock.exact import distributions, newsvendor, review

OUT = Path(mkdtemp(prefix="retail-lab-"))
SCENARIO, POLICIES = "corner-shop", ["as_is", "base_stock", "cycle_service"]
WEEKS = {"days": 21, "warmup_days": 7, "trace": None, "stores.SH01.customers_per_day": 320}

# %% [markdown]
# ## 1. Where theory begins
#
# A SKU that sells ten a day, two days from order to shelf. What a unit short costs against a unit held for a day decides how high its level must
# be; an order that costs something decides how often it is filled.


# %%
def levels(short):
    demand = distributions.poisson(10)
    level, _ = newsvendor.newsvendor(distributions.over(3, demand), 1, short)
    best = review.reorder_up_to(demand, 2, 1, short, 20)
    print(
        f"a unit short costs {short} times a day's holding: order up to {level} daily, or from {best.s} up to {best.S}"
    )


levels(10)

# %%
_ = interact(levels, short=(1, 200))

# %% [markdown]
# ## 2. The same customers under each policy
#
# Each column holds the difference from the first policy, with its 95 % interval.

# %%
played = lab.replenish(SCENARIO, POLICIES, WEEKS, replications=4, out=OUT)
played.table

# %%
played.plot.frontier()

# %% [markdown]
# ## 3. Better parameters for each class
#
# The search begins at the exact answer for each class's median SKU and tries steps under the same random numbers; what it found is judged in
# replications that it has not seen.

# %%
searched = lab.search(SCENARIO, "base_stock", WEEKS, floors=["stores"], budget=6)
print(searched)
print(searched.replenishment)

# %% [markdown]
# ## 4. The answer

# %%
print(played.advice)
