"""A run as a film: its hours one after the other on a schematic map of the chain, as one HTML file."""
