# %% [markdown]
# # How do a policy, a fault and a platform of our own come into the lab?
#
# Each is a class of about ten lines. The notebook writes the three files, plays or sends each, and holds the result against the lab without it.
# [docs/extending.md](../docs/extending.md) has key figures and engines too, and what else a class may do.

# %%
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import sim as lab

OUT = Path(mkdtemp(prefix="retail-lab-"))
WEEK = {"days": 5, "warmup_days": 1, "trace": None}
BASE = "extends: corner-shop\n"

before = lab.run("corner-shop", WEEK, replications=4, out=OUT)

# %% [markdown]
# ## 1. A policy
#
# A class with a method `order`, which gets stock as arrays of locations × SKUs and returns whole units. A scenario names its file, and it is
# executed only with `allow_code=True`.

# %%
POLICY = '''
import numpy as np


class TopUp:
    """Fill the position up to so many units of each SKU, whatever sells."""

    def __init__(self, units):
        self.units = units

    def order(self, review):
        return np.maximum(self.units - review.position, 0)
'''

# %%
RULE = "{policy: own, file: my_policy.py, name: TopUp, parameters: {units: 30}}"
(OUT / "my_policy.py").write_text(POLICY)
(OUT / "topped-up.yaml").write_text(f"{BASE}replenishment: {{stores: {RULE}}}\n")
topped = lab.run(OUT / "topped-up.yaml", WEEK, replications=4, out=OUT, allow_code=True)
stock = lab.compare(before, topped)
stock.loc[["stockout_rate", "stock_value", "lost_sales_per_day"]].round(4)

# %%
topped.plot.stockouts()

# %% [markdown]
# ## 2. A fault
#
# A fault of the lab stands in `sim/scenario/sections/faults.py`: its fields, and what it changes while it lasts. The schema, the checks of a
# scenario and both engines follow. It is tried here in a copy of the package, which a program of its own imports.

# %%
FAULT = '''
@_fault
class BlockedEntrance(_Fault):
    """No customer comes in; those inside are served."""

    kind: Literal["blocked_entrance"]
    stores: list[str] | Literal["all"] = "all"

    def effects(self, from_s: float, until_s: float, store: str | None) -> Iterator[Effect]:
        """Doors are closed."""
        if self.at_store(store):
            yield Effect(from_s, until_s, doors_closed=True)


'''

# %%
HERE, BEFORE = Path(lab.__file__).parents[1], "if TYPE_CHECKING:  # a union"
shutil.copytree(HERE / "sim", OUT / "copy" / "sim", ignore=shutil.ignore_patterns("__pycache__"))
for name in ("ext", "loadtests", "scenarios"):
    (OUT / "copy" / name).symlink_to(HERE / name)
file = OUT / "copy" / "sim" / "scenario" / "sections" / "faults.py"
file.write_text(file.read_text().replace(BEFORE, FAULT + BEFORE))

HOURS = "{kind: blocked_entrance, at: 2026-05-18 17:00, minutes: 120}"
(OUT / "blocked.yaml").write_text(f"{BASE}faults: [{HOURS}]\n")
PLAY = f"""
import sim as lab
print(lab.run({str(OUT / "blocked.yaml")!r}, {WEEK}, replications=4, out={str(OUT)!r}).folder)
"""
played = subprocess.run([sys.executable, "-c", PLAY], cwd=OUT / "copy", capture_output=True, text=True, check=True)

# %%
blocked = lab.open(played.stdout.strip())
doors = lab.compare(before, blocked)
doors.loc[["turned_away", "mean_wait_s", "lost_sales_per_day"]].round(4)

# %% [markdown]
# ## 3. A platform
#
# An adapter has a method for each journey that the platform offers; `errand` sends requests, thinks between them, and takes their times. The
# shop of the lab stands for the platform.

# %%
PLATFORM = '''
from loadtests.adapters import Adapter
from loadtests.adapters.auth import Bearer


class MyPlatform(Adapter):
    """Customers only look."""

    name = "my_platform"
    auth = Bearer("RETAIL_LAB_SHOP_TOKEN")

    def browse(self, errand):
        """One page of products."""
        errand.get("page", "/products", params={"limit": 20}, needs="items")
'''

# %%
(OUT / "my_platform.py").write_text(PLATFORM)
DAY = {"trace": {"first": "2026-05-16 08:00", "last": "2026-05-16 21:00"}}
day = lab.run("corner-shop", DAY, replications=1, out=OUT)
with lab.shop(day) as shop:
    test = lab.replay(day, shop.url, adapter=str(OUT / "my_platform.py"), time_scale=4000, out=OUT / "load")
test.findings.query("scope == 'all requests'")[["quantity", "decision", "estimate", "low", "high", "requests"]].round(4)

# %% [markdown]
# ## 4. The answer

# %%
written = {"policy": POLICY, "fault": FAULT, "platform": PLATFORM}
length = {name: len(text.strip().splitlines()) for name, text in written.items()}
out_of, away = stock.loc["stockout_rate"], doors.loc["turned_away"]
answered = test.findings.query("quantity == 'availability' and scope == 'all requests'").iloc[0]
print(
    f"In {length['policy']} lines a policy, which changes the share of SKU-days that end out of stock by {out_of['difference']:+.1%} "
    f"({out_of['low']:+.1%} to {out_of['high']:+.1%}); in {length['fault']} a fault, which turns {away['difference']:.1%} of customers away "
    f"({away['low']:.1%} to {away['high']:.1%}); in {length['platform']} a platform, which answered {answered['estimate']:.1%} of "
    f"{answered['requests']:,} requests ({answered['low']:.1%} to {answered['high']:.1%})."
)
