"""The sweeper's work and findings, metrics and health checks."""
