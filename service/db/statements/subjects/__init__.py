"""Statements about subjects: users, appointments and grants, the bytes of each, and the erasure of all its rows."""
