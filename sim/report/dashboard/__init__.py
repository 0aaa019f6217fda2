"""What the planner, QA and the architect see of a folder's records: chosen, held against each other, as figures and tables, and as a local page."""
