"""Downloads of files: into a partial file in any order, or in order into a stream, and verified."""
