"""Observes what an S3 store enforces, by the service's own requests, and writes it down in docs/storage.md."""
