"""Comparing the database with storage, and making lost rows again."""
