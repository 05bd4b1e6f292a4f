"""Work that a row describes, and one process at a time does in turns: decisions and adoptions."""
