"""Results of other load tools, read as samples."""
