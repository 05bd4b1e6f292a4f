"""Subjects: login, API keys, owners, quotas, users and appointments."""
