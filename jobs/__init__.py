"""The job side (RQ): an id in, one call of the domain."""
