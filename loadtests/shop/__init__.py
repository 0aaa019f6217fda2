"""A small real retail API to try load tests on: a shop whose stock is held by its database alone."""
