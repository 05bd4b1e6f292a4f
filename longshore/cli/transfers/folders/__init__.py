"""Whole folders: `upload -r` and `download -r`."""
