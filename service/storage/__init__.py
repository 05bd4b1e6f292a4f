"""Storage: every S3 call in our own verbs, and the presigned URLs."""
