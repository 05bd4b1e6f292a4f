"""Checks of storage: buckets and keys, an upload through the public address, CORS, and attacks."""
