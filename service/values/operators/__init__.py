"""Values for operators: the audit log, decisions, adoptions, and what operators see."""
