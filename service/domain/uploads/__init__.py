"""Uploads: starting, signing, completing, aborting, and resuming them."""
