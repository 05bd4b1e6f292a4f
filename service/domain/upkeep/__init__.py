"""What the sweeper does, what it finds, and what metrics and health checks read."""
