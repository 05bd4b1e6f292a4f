"""Bodies, queries and responses of the API."""
