"""Evidence as the lab reads it: records, runs and files of other tools, each with its figures, its grade and its age."""
