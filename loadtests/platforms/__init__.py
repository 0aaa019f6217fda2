"""Real shops to try adapters and verdicts on: open-source platforms installed, stocked and started on this machine, on loopback alone."""
