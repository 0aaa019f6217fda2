"""Shares, means and their confidence bounds, for requests that depend on each other."""
