"""What people decide, from records that the lab measured or from tables of theirs."""
