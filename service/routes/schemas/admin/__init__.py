"""Schemas of the endpoints for operators."""
