"""The output of a replication: counters, key figures, tables and the trace."""
