"""Longshore's API: it hands out berths and papers, and never touches the cargo."""

__version__ = "0.1.0"
