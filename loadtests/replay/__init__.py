"""A replay while it runs: a master, its workers, and the samples that they leave."""
