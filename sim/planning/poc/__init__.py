"""A proof of concept: how its minutes are divided over its stages, and what the records of its stages show."""
