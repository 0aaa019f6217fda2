"""Decisions: the evidence that each rests on, with its grade and age, and what follows from it."""
