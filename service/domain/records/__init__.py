"""Records that all other packages of the domain write: transitions, audit, pending deletions, recovery metadata."""
