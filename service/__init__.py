"""Longshore's API: it signs uploads to storage, and never touches the bytes of files."""

__version__ = "0.1.0"
