"""Pilots on data: how many stores a pilot needs, and what a go-live changed in the stores that went live, wave by wave."""
