"""Completing an upload: one module for each step, and `complete` calls them in order."""
