"""A scenario's traffic fitted to a transaction log."""
