"""Online orders: sourced over all locations, picked, delivered."""
