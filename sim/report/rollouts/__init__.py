"""A rollout as a page, as figures and as tables to export."""
