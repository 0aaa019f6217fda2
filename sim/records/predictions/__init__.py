"""Predictions: when a run made them, how its scenario did on days held back, and how they did once the days were over."""
