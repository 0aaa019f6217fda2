"""Vendors weighed: evidence with its grade, weights, a ranking, and how robust its winner is."""
