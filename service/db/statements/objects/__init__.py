"""Statements about the objects of rows: by their keys, and those that the sweeper still has to delete."""
