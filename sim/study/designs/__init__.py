"""Designs of experiments: the points at which a study plays its factors, and the effects that their results show."""
