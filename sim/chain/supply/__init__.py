"""How goods reach a shelf: reviews, suppliers, warehouses, freight, transfers."""
