# %% [markdown]
# # With which of four vendors do we go into the pilot?
#
# On what evidence, and how sure are we? A committee that has to answer for the choice asks these three questions. The notebook answers them from
# one file, in which each score names its evidence and the grade of it: measured here, supplied by the vendor, a reference, an RFP answer, or
# judgement.
#
# The file that ships is an example: its vendors and most of its figures are made up. **Put the path of your own comparison here.**
# [docs/deciding.md](../docs/deciding.md) describes it.

# %%
import pandas as pd
from ipywidgets import interact
from scipy.stats import binomtest

import sim as lab

FILE = "example"  # "vendors.yaml"

found = lab.vendors(FILE)
found.table[["rank", "score", "low", "high", "wins_near", "wins_any", "cost_low", "cost_high", "lacks"]].round(3)

# %% [markdown]
# ## 1. Who leads, and on what
#
# A long bar is a high score; its colours show how much of it was measured and how much was only stated. A vendor that lacks a must-have is out,
# however long its bar.

# %%
found.plot.ranking()

# %% [markdown]
# The pieces of evidence behind it, with their grade and age. What is older than the release that would be bought shows little of it.

# %%
pieces = found.evidence.drop_duplicates(["vendor", "source"])
pieces[["vendor", "source", "kind", "grade", "dated", "age_days"]].reset_index(drop=True)

# %% [markdown]
# ## 2. How sure are we
#
# Weights are opinions, and scores have ranges. So both are drawn again and again: weights near the stated ones, then any weights at all. A vendor
# that wins most draws even with any weights does not owe its place to them.

# %%
found.plot.wins()

# %% [markdown]
# Scores when one dimension has another weight and the rest keep their proportions; a criterion that nothing shows counts as 0.


# %%
def scores(dimension, weight):
    cells = found.scores.assign(score=found.scores["score"].fillna(0), here=found.scores["dimension"] == dimension)
    stated = cells.loc[cells["here"], "weight"].sum() / cells["vendor"].nunique()
    factor = cells["here"].map({True: weight / stated, False: (1 - weight) / (1 - stated)})
    totals = (cells["score"] * cells["weight"] * factor).groupby(cells["vendor"]).sum()
    return (
        totals[found.table["rank"].dropna().index]
        .sort_values(ascending=False)
        .round(2)
        .to_frame(f"{weight:.0%} {dimension}")
    )


scores("support", 0.5)

# %% [markdown]
# The same with a knob, where the notebook runs.

# %%
_ = interact(scores, dimension=sorted(found.scores["dimension"].unique()), weight=(0.0, 1.0, 0.05))

# %% [markdown]
# ## 3. What would have to be true for another to win

# %%
for line in found.conditions:
    print("-", line)

# %% [markdown]
# ## 4. What is missing
#
# Silence counts as nothing in the ranking and as anything in the draws. This is what to ask each vendor for next, by must-haves and by weight.

# %%
missing = found.missing.merge(found.table["rank"], on="vendor").dropna(subset="rank")
must = missing[missing["weight"].isna()].groupby("vendor", sort=False)["what"].agg(", ".join)
most = missing.dropna(subset="weight").sort_values("weight").groupby("vendor", sort=False).last()
share = missing.groupby("vendor", sort=False)["weight"].sum()
asked = {
    "must-haves to show first": must,
    "then the criterion of most weight": most["what"],
    "weight that nothing shows": share,
}
pd.DataFrame(asked).fillna("").round(3)

# %% [markdown]
# ## 5. The answer
#
# The share of draws won is itself an estimate from so many draws; its interval is exact (Clopper and Pearson 1934). The choice is firm where the
# vendor wins more than half of the draws with *any* weights, leads without answers and judgement too, and leaves no must-have unshown; else the
# sentence names what to measure first.

# %%
LEVEL = 0.95
record, first = found.record, found.record.standings[0]
ends = binomtest(round(first.wins_any * record.draws), record.draws).proportion_ci(LEVEL)
checks = {
    "it wins no majority with any weights": ends.low > 0.5,
    "it leads on answers and judgement alone": record.without_weakest
    and record.without_weakest.winner == record.winner,
    f"nothing shows {', '.join(first.not_shown)}": not first.not_shown,
}
against = [what for what, holds in checks.items() if not holds]
firm = "not yet firmly, because " + " and ".join(against) if against else "firmly"

# %%
answer = (
    f"Into the pilot with {first.vendor}, {firm}: it wins {first.wins_any:.1%} of draws with any weights "
    f"({LEVEL:.0%} interval {ends.low:.1%} to {ends.high:.1%}) and {first.wins_near:.1%} near ours, with a score between "
    f"{first.low:.1f} and {first.high:.1f}; {first.by_grade.get('measured', 0):.0%} of the weight was measured, "
    f"on evidence as of {record.as_of}."
)
print(answer if record.winner else record.sentence)
