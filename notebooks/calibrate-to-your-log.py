# %% [markdown]
# # Does the simulated shop have our customers?
#
# A model that is to answer for your stores has to draw your customers: as many, at your hours, with your baskets. The notebook fits arrivals,
# baskets and popularity to a log of tickets, shows how far customers drawn from the fit are from the log, and plays a shop with them.
#
# **Put the path of your own log here**, and its headings where they are not `timestamp`, `ticket`, `store`, `sku`, `quantity` and `price`. It may
# be .csv, .csv.gz, .xlsx or .parquet. Without one, a shop is played for six weeks and what its tills sold becomes the log.

# %%
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

import sim as lab
from sim.report import canvas

OUT = Path(mkdtemp(prefix="retail-lab-"))
LOG = None  # "sales.csv.gz"
COLUMNS = {}  # {"timestamp": "sold_at", "sku": "article"}

# %%
if LOG is None:
    weeks = {"days": 42, "seed": 3, "trace": {"first": "2026-05-16 00:00", "last": "2026-06-27 00:00"}}
    shop = {"name": "past", "stores.SH01.customers_per_day": 320, "online.orders_per_day": 0}
    sold = lab.run("corner-shop", weeks | shop, out=OUT).lines.query("journey == 'checkout'")
    sold = sold.assign(timestamp=sold["time"].dt.round("s"))
    sold = sold.rename(columns={"row": "ticket", "sku_code": "sku", "location_code": "store"})
    LOG = OUT / "sales.csv.gz"
    sold[["timestamp", "ticket", "store", "sku", "quantity", "price"]].to_csv(LOG, index=False)

# %% [markdown]
# ## 1. What the log holds, and what was fitted
#
# `retail-lab calibrate LOG --out traffic.yaml --skus skus.csv` does the same.

# %%
fitted = lab.calibrate(LOG, COLUMNS)
print(fitted)

# %% [markdown]
# Each figure of the log beside the same figure of three logs drawn from the fit. [docs/calibration.md](../docs/calibration.md) describes them.

# %%
distances = fitted.distances()
whole = distances[~distances.index.str.contains("gap")]
whole.assign(held=whole["log"].between(whole["low"], whole["high"])).round(3)

# %% [markdown]
# ## 2. A shop with these customers
#
# A scenario takes the fitted traffic and the SKUs that were sold, and states only what differs from the one that it extends.

# %%
fitted.write(OUT)
(code, customers), *_ = fitted.customers_per_day.items()
mine = OUT / "mine.yaml"
_ = mine.write_text(
    f"""extends: corner-shop
start: {fitted.fit.first}
days: 28
trace: null
traffic: {{file: traffic.yaml}}
skus: {{table: skus.csv}}
stores: {{SH01: {{customers_per_day: {customers:.2f}}}}}
"""
)
shop = lab.run(mine, replications=5, out=OUT)

# %% [markdown]
# A log has no arrivals: the time of a ticket stands for that of its customer's arrival, also of those who paid after closing.

# %%
recorded = pd.Series(fitted.log.tickets.stamp).dt.hour.value_counts(normalize=True)
simulated = shop.hourly.groupby("hour")["customers"].sum().pipe(lambda sums: sums / sums.sum())
shares = pd.DataFrame({"log": recorded, "simulated": simulated}).fillna(0).sort_index().query("log + simulated > 0")
gap = (shares["log"] - shares["simulated"]).abs().max()
with canvas.style():
    axes = shares.mul(100).plot.bar(figsize=(7.5, 3.2), rot=0, color=[canvas.MUTED, canvas.BLUE])
    finding = f"No hour's share of customers differs by more than {gap * 100:.1f} percentage points"
    axes.set_title(finding, loc="left", fontsize=10.5, fontweight="bold")
    axes.set_xlabel("hour of the day, h")
    axes.set_ylabel("share of customers, %")
    display(axes.figure)
plt.close(axes.figure)

# %% [markdown]
# ## 3. The answer

# %%
mean, held = shop.summary.loc["customers_per_day"], whole["log"].between(whole["low"], whole["high"])
print(
    f"{'Yes' if mean['low'] <= customers <= mean['high'] else 'Not yet'}: the log has {customers:,.0f} customers in a day of an average year, "
    f"the simulated shop {mean['value']:,.0f} ({mean['low']:,.0f} to {mean['high']:,.0f}), and {held.sum()} of {len(held)} figures of the "
    f"log lie within the range of logs drawn from the fit; furthest from it is {(whole['log'] / whole['drawn'] - 1).abs().idxmax()}."
)
