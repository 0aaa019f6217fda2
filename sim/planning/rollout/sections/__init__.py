"""The section `rollout` of a plan: which fields it has, with unit and range."""
