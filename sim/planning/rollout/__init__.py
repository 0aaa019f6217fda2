"""Rollouts sampled: a plan's tasks, people, risks and money as a network of activities, played many times."""
