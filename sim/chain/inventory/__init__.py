"""Opening stock, shelf life, and how the book comes to differ from stock on hand."""
