"""Jobs (RQ): an id in, one call of the domain."""
