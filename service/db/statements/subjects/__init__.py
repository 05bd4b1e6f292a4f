"""Statements about subjects: users, appointments and grants, and the erasure of all rows of a subject."""
