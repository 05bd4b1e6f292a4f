"""The rules of uploads, verdicts and files, without HTTP, boto3 or RQ."""
