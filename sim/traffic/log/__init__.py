"""A till system's transaction log: read, typed, cut into tickets, and played as it stands."""
