"""Answers in closed form or exact: where a search for policies begins, and what the simulator is held against.

Demand is a distribution over whole units, given as an array `pmf` with pmf[d] = P(D = d); `distributions.poisson` makes one.
Costs are currency a unit and period (`holding`, `backorder`) or an order (`fixed`); each function names its source.
"""
