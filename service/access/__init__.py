"""Access control: tokens, rate limits, failed attempts."""
