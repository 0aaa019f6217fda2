"""Many runs, compared honestly: replications in any number of processes, precision, paired differences."""
