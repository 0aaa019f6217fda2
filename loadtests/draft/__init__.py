"""Begins an adapter from what there is of a platform: a recording, a description, a collection."""
