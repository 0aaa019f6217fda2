"""Supply: replenishment reviews, suppliers, warehouses, freight, transfers."""
