"""HTTP as the generator speaks it: cheap, bounded, and to pinned addresses only."""
