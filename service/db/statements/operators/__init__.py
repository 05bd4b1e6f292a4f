"""Statements for operators: the audit log, decisions, the allow-list, adoptions, subjects and their usage."""
