"""Statements of lists: keyset paging along an index, and the lists themselves."""
