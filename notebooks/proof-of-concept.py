# %% [markdown]
# # Does this API carry our busiest hour, and what would customers notice?
#
# A corner shop is played for a Saturday. What it asked of its software in its busiest hour is replayed against a real retail API, the answers are
# judged, and what was measured flows back into the shop: slow software shows as a line at the till.
#
# **Put your own scenario here**, and your staging environment's address and adapter in place of the shop that the lab starts on this machine
# ([docs/load-testing.md](../docs/load-testing.md)). `retail-lab poc` does this and four checks more in one command.

# %%
from pathlib import Path
from tempfile import mkdtemp

import sim as lab

OUT = Path(mkdtemp(prefix="retail-lab-"))
SCENARIO, REPLICATIONS = "corner-shop", 5

before = lab.run(SCENARIO, replications=REPLICATIONS, out=OUT)
before.summary.loc[["customers_per_day", "mean_wait_s", "abandonment", "fill_rate"]].round(3)

# %%
before.plot.waits()

# %% [markdown]
# `before.daily` and `before.hourly` are tidy frames with dates, regions and names; `help(lab.Run.hourly)` describes their columns.
#
# ## 1. The busiest hour, sent to the API
#
# The shop is a FastAPI server on SQLite, stocked from the run's catalogue and started on a free loopback port. Locust runs as a program of its own
# and sends each journey at its intended time, whether the shop keeps up or not. One hour is compressed into twenty seconds.

# %%
with lab.shop(before) as shop:
    test = lab.replay(before, shop.url, time_scale=180, out=OUT / "load")

print(test)

# %%
test.plot.verdict()

# %% [markdown]
# A few hundred requests cannot prove 99.9 %; the verdict states how many more would decide.
#
# ## 2. What customers would notice
#
# The shop is played again with the response times and failures that were measured. The same customers come in (common random numbers), so that the
# difference is the software's alone. An INVALID load test measured the generator and not the API: then nothing flows back, and the shop below is
# the one above.

# %%
valid = test.verdict.decision != "invalid"
changed = {"name": "measured", "system.service": {"profile": lab.profile(test)}} if valid else {}
after = lab.run(SCENARIO, changed, replications=REPLICATIONS, out=OUT)
felt = lab.compare(before, after)
felt.loc[["mean_wait_s", "ticket_handling_time_s", "system_time_s", "abandonment"]].round(3)

# %%
before.plot.waits(after)

# %% [markdown]
# `lab.page([before, test, after], "report.html")` leaves all of it on one page that opens in any browser.
#
# ## 3. The answer

# %%
found = test.findings.query("quantity == 'availability' and scope == 'all requests'").iloc[0]
wait, handling = (felt.loc[name] for name in ("mean_wait_s", "ticket_handling_time_s"))
noticed = (
    f"Under what was measured a ticket takes {handling['difference']:+.2f} s ({handling['low']:+.2f} to {handling['high']:+.2f}) "
    f"and a wait {wait['difference']:+.2f} s ({wait['low']:+.2f} to {wait['high']:+.2f}; {wait['finding']})."
)
print(
    f"The verdict is {test.verdict.decision.upper()}: {found['estimate']:.2%} of {found['requests']:,} requests were answered "
    f"({found['low']:.2%} to {found['high']:.2%}, a {found['confidence']:.0%} interval), and {found['target']:.1%} is asked. "
    + (noticed if valid else "An invalid load test measures no service, so what customers would notice is not known.")
)
