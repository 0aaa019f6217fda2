"""A scenario held against what happened: held-back weeks predicted and judged, and kept predictions scored."""
