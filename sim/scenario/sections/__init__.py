"""The sections of a scenario file: which fields stand in each, with unit and range."""
