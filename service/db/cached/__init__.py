"""Values of the database that a process caches, and counts that it writes later."""
