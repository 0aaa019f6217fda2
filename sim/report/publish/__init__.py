"""Static pages to publish: an index, a page a run, and a page a store with what to do when the power or the payment fails."""
