"""Studies: scenarios at the levels of their factors, many times under common random numbers, and what that shows."""
