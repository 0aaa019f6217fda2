"""How much load a system carries, and how it scales."""
