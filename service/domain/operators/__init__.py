"""The view and the decisions of operators, across all subjects."""
