"""What Longshore does: every rule of uploads, verdicts and files. Knows neither HTTP nor boto3 nor RQ."""
