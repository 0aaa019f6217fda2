"""Till times and lead times fitted to tables of times as people keep them."""
