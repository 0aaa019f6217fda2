"""Two load tests side by side: requests paired by trace row, differences A − B with bounds, and the decision by margins."""
