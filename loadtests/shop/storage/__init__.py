"""The shop's database: its tables, and every way in which stock moves in them."""
