# %% [markdown]
# # Is the system healthy this quarter, and how sure are we?
#
# Four measures go to the quarterly review: mean response of at most 2 s, errors 30 % below the year before, satisfaction of at least 4.5 of 5, and
# a stock discrepancy of at most 0.5 %. The notebook judges each with its interval, quarter by quarter, and states what would decide those that
# are open.
#
# **Put your own table, load tests or runs here.** Without them figures are made up below, month by month, as a table has them.
# [docs/health.md](../docs/health.md) describes such a table; `retail-lab health --template figures.xlsx` writes one.

# %%
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
from ipywidgets import interact

import sim as lab

OUT = Path(mkdtemp(prefix="retail-lab-"))
SOURCES = []  # ["figures.xlsx", "runs/replay-2026"]
ON = date(2026, 10, 5)

# %%
if not SOURCES:
    draw, months = np.random.default_rng(4), pd.date_range("2025-01-01", "2026-09-01", freq="MS")
    n = np.arange(len(months))
    figures = pd.DataFrame({"date": months.strftime("%Y-%m"), "requests": draw.integers(900_000, 1_100_000, len(n))})
    figures["mean response (s)"] = (1.9 - 0.03 * n + draw.normal(0, 0.08, len(n))).round(3)
    figures["errors"] = draw.poisson(figures["requests"] * 0.0021 * 0.97**n)
    figures["satisfaction"] = (4.38 + 0.009 * n + draw.normal(0, 0.03, len(n))).round(3)
    figures["respondents"], figures["satisfaction standard deviation"] = 240, 0.7
    figures["book units"] = draw.integers(190_000, 210_000, len(n))
    lost = figures["book units"] * 0.0042 * draw.normal(1, 0.15, len(n))
    figures["counted units"] = figures["book units"] - lost.astype(int)
    figures.to_csv(OUT / "figures.csv", index=False)
    SOURCES = [OUT / "figures.csv"]

# %%
judged = lab.health(SOURCES, on=ON)
judged.latest[["state", "rule", "slope", "low", "high", "direction"]].round(4)

# %% [markdown]
# ## 1. Response and errors
#
# Green is met, red not met, orange not decidable yet; the short line is the limit. A change is asked of errors, so there is no limit in the first
# year. The interval comes from the months of the quarter: requests of a day depend on each other, so that their number alone would promise too
# much.

# %%
judged.plot.mean_response()

# %%
judged.plot.errors_per_10000()

# %% [markdown]
# ## 2. Satisfaction and stock

# %%
judged.plot.satisfaction()

# %%
judged.plot.stock_discrepancy()

# %% [markdown]
# ## 3. How many answers does satisfaction take?
#
# A survey's interval narrows with the root of its answers. So many would tell the quarter's estimate from a limit, if it is the true value:


# %%
def answers(limit):
    found = judged.table.loc[("satisfaction", judged.record.quarter)]
    half, away = (found["high"] - found["low"]) / 2, abs(found["estimate"] - limit)
    wanted = found["samples"] * (half / away) ** 2 if away else np.inf
    print(
        f"{found['estimate']:.3f} ± {half:.3f} from {found['samples']:,} answers; {wanted:,.0f} would tell it from {limit}"
    )


answers(4.5)

# %%
_ = interact(answers, limit=(4.0, 5.0, 0.05))

# %% [markdown]
# ## 4. The answer

# %%
now, percent = judged.table.xs(judged.record.quarter, level="quarter"), judged.record.confidence


def part(name):
    each = now.loc[name]
    change = pd.notna(each["change"])
    values = each[["change", "change_low", "change_high"] if change else ["estimate", "low", "high"]]
    form = "{:+.1%}" if change else "{:.2%}" if each["unit"].startswith("share") else "{:.2f}"
    return "{} {} ({} to {}), {}".format(name.replace("_", " "), *map(form.format, values), each["state"])


met, parts = (now["state"] == "met").sum(), "; ".join(map(part, now.index))
print(
    f"In {judged.record.quarter} {met} of {len(now)} measures are met, each interval with {percent:.0%} confidence: {parts}."
)
