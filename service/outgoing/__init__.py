"""Calls to hosts of others (webhooks, JWKS): which addresses are allowed, and how they are made."""
