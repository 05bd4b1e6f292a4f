"""Statements about files: their rows, details, folders and links, what to scan, what to replace, and when they end."""
