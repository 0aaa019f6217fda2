"""A chain of one's own: a small scenario by a few answers, a workbook to fill in, and a workbook read into a scenario."""
