"""Records of what is decided before a go-live: goals as they were judged, a wave's peak, the gate, and proofs of concept."""
