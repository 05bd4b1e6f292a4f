"""Records about the objects of files: moves, deletions, what they carry, and whether storage protects them."""
