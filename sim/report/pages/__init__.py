"""Pages: of runs, of a search for capacity, of a check, of a race."""
