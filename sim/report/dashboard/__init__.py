"""The dashboard: the results in a folder as planners, QA engineers and architects read them, on pages served to this machine."""
