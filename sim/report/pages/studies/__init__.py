"""Pages of many runs: studies of design points, and several runs held against each other."""
