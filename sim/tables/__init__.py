"""Tables as users have them: spreadsheets, CSV and Parquet, read into cells with addresses, and what a cell means."""

KINDS = ".xlsx, .xls, .csv, .csv.gz or .parquet"
"""Files that are read, as refusals and helps name them; here, because a help must not load the readers."""
