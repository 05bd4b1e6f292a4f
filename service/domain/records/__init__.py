"""What every other package of the domain writes: steps of rows, the audit, pending deletions, recovery metadata."""
