"""Findings in the bytes of a file that a scanner may miss, while they pass."""
