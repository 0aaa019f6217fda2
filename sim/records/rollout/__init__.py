"""Records of a rollout that was sampled: dates, costs and chances of a plan, and of several plans beside each other."""
