"""Changes to files that are there."""
