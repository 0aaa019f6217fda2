"""Records of what is decided, and of the evidence that it rests on: vendors, goals, gates, proofs of concept, processes, drills, health, pilots."""
