"""Calls to foreign hosts (webhooks, JWKS), and the addresses that they may use."""
