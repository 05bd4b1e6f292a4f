"""Who may call, and how often: tokens, rate limits, failed attempts."""
