"""Receipts and checksums: checking them needs no service."""
