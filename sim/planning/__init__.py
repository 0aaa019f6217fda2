"""What people decide, from records that the lab measured or files that they have."""
