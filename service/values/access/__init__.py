"""Values for access: the caller of a request, subjects, grants and links, and the claims of their tokens."""
