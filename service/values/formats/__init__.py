"""Formats of single values: ids, media types, URLs, and text and JSON that can be stored and shown."""
