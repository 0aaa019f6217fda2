"""A service profile measured from samples: how long a journey takes and how often it fails, by load."""
