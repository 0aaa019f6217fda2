"""What a replication leaves: counters, key figures, tables and the trace."""
