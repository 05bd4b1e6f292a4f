"""Scans, verdicts, and what follows from them."""
