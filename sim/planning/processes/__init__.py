"""Processes at the till and in the back office: steps with times and chances, their time as a Markov chain's, and both played in the chain."""
