"""What was sold or promised, held against the stock there was."""
