"""Test what S3 stores enforce, with the service's own requests, and write the results to docs/storage.md."""
