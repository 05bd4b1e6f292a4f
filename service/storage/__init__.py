"""Storage: all S3 calls as methods with our own names, and presigned URLs."""
