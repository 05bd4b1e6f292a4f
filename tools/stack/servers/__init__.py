"""Servers other than storage: databases, Redis, clamd, Caddy, and the service itself."""
