# %% [markdown]
# # What fails us at the worst hour, and what is it worth to be ready?
#
# A manager of store operations has money for one or two measures: a generator, a second payment channel, more tills in the peak. The notebook
# puts a shop through a power cut, a payment outage and a live stream at its worst hour, with the same customers each time, and ranks what softens
# them.
#
# **Put your own scenario here**: a file, or the name of a shipped one. [docs/drills.md](../docs/drills.md) describes each drill.

# %%
from tempfile import mkdtemp

import sim as lab

SCENARIO = "corner-shop"
DRILLS = ["power_cut", "payment_outage", "live_stream"]  # [] for all that it can be put through
REPLICATIONS = 5
OUT = mkdtemp(prefix="retail-lab-")  # a folder of yours keeps what was played: an interrupted call goes on from there

played = lab.drill(SCENARIO, DRILLS, replications=REPLICATIONS, out=OUT)
played.table[["at", "minutes", "place", "lost_sales", "lost_sales_half_width", "customers_lost", "wait_s"]].round(1)

# %% [markdown]
# Costs are the drill less the same days without it; half-widths are of 95 % intervals. A wait may fall in a drill: customers who left do not wait.
#
# ## 1. What softens them?
#
# Sales that each mitigation keeps in its drill. The intervals hold for all mitigations together, so that the best of many is no stroke of luck;
# those that reach 0 may be worth nothing.

# %%
played.plot.worths()

# %% [markdown]
# ## 2. The costliest drill, minute by minute
#
# The line at the store that it hits: when it grows, when it is over, and what the best mitigation makes of it.

# %%
COSTLIEST = played.table.index[0]
played.plot.course(COSTLIEST)

# %% [markdown]
# Who does what, by minutes from the trigger. `played.page("drills.html", lang="zh")` writes a card for each drill to print.

# %%
played.steps.query("drill == @COSTLIEST")[["minute", "role", "step"]].reset_index(drop=True)

# %% [markdown]
# ## 3. The answer

# %%
cost, currency = played.table.iloc[0], played.record.currency
sure = played.worths.query("sales > sales_half_width and not have").head(1)
worth = "No mitigation that the shop lacks is sure to keep sales."
for best in sure.itertuples():
    worth = (
        f"Of what it lacks, {best.mitigation.replace('_', ' ')} is worth most: in a {best.drill.replace('_', ' ')} "
        f"it keeps {best.sales:,.0f} ± {best.sales_half_width:,.0f} {currency}, for all mitigations together."
    )
print(
    f"A {COSTLIEST.replace('_', ' ')} costs most: {cost['lost_sales']:,.0f} ± {cost['lost_sales_half_width']:,.0f} {currency} "
    f"of sales. {worth} Intervals are of {played.record.confidence:.0%} confidence."
)
