"""What is installed and what this machine has: requirements, checks, and the command `doctor`."""
