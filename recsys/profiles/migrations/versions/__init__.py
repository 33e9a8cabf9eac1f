"""One script a version, run in order."""
