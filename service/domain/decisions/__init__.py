"""Carry out operators' decisions about files: one file at a time, each in one transaction with its count."""
