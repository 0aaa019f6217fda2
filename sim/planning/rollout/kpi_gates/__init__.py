"""Gates of a rollout that read KPIs: the chain studied over rollout states, and when each sample's gates open."""
