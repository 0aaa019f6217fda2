"""A store's day: its regimes, its tills, and the two engines that play its customers."""
