"""Bodies, queries and answers of the API."""
