"""The shop's routes, and the bodies that go over them."""
