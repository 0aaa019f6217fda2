"""What lies where, and how the book comes to differ from the shelf."""
