"""Results as they leave the lab: workbook, CSV, JSON, PDF and slides, all made from one result."""
