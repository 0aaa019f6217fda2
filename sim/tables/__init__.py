"""Tables as users have them: spreadsheets, CSV and Parquet, read into cells with addresses, and what a cell means."""
