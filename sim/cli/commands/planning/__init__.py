"""The commands by which people decide, from records and tables."""
