# %% [markdown]
# # Does the API carry all stores at their peak once the next wave is live?
#
# Two pilot stores work with it, and the next wave brings many more. The notebook takes the pilot's peak hour, sends it to the API in stages of
# rising load, and judges each stage, until the stores asked for are carried or not.
#
# **Put your own scenario, address and number of stores here.** On staging, take longer stages and tighter targets
# ([docs/load-testing.md](../docs/load-testing.md)); `retail-lab gate` takes the record as evidence for a wave.

# %%
from pathlib import Path
from tempfile import mkdtemp

from ipywidgets import interact

import sim as lab

OUT = Path(mkdtemp(prefix="retail-lab-"))
STORES, MARGIN = 28, 2.0  # live after the wave, and how many times their ordinary peak must be carried
PEAK = {"first": "2026-09-12 17:00", "last": "2026-09-12 18:00"}

one_day = {"start": "2026-09-12", "warmup_days": 0, "skus.count": 200, "trace": PEAK}
pilot = lab.run("pilot", one_day, days=1, replications=1, out=OUT)
pilot.trace["journey"].value_counts().to_frame("journeys in the peak hour")

# %%
with lab.shop(pilot) as shop:
    asked = round(STORES * MARGIN)
    found = lab.capacity(pilot, shop.url, asked, stage_s=3, minutes=2, out=OUT / "search", quiet=True)

found.table.round(3)

# %%
found.picture

# %% [markdown]
# A stage that is too short to pass may lead to a larger one, but only one with enough requests decides. Concurrency that grows while a stage lasts
# means that more comes in than is answered.
#
# ## How much margin is left?
#
# What was carried, as a multiple of the peak of so many stores:


# %%
def margin(stores):
    carried = max((each.factor for each in found.record.stages if each.carried), default=0) * found.record.stores
    print(f"{stores} stores: {carried / stores:.1f} times their peak was carried")


margin(STORES)

# %%
_ = interact(margin, stores=(2, 200))

# %% [markdown]
# ## The answer

# %%
last = lab.open(OUT / "search" / found.record.stages[-1].run).findings
share = last.query("quantity == 'availability' and scope == 'all requests'").iloc[0]
print(
    f"{found.record.sentence.partition('. ')[0]}; {asked} is {MARGIN:g} times the {STORES} that are live after the wave. In its last stage "
    f"{share['estimate']:.2%} of {share['requests']:,} requests were answered ({share['low']:.2%} to {share['high']:.2%}, "
    f"a {share['confidence']:.0%} interval), and {share['target']:.0%} is asked."
)
