"""`./dev release`: everything that a release publishes, in one folder."""
