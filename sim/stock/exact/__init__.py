"""Closed-form and exact solutions: starting points of a policy search, and references for tests of the simulator.

Demand is a distribution over whole units, given as an array `pmf` with pmf[d] = P(D = d); `distributions.poisson` makes one.
Costs are currency a unit and period (`holding`, `backorder`) or an order (`fixed`); each function names its source.
"""
