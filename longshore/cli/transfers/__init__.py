"""The commands `upload`, `resume`, `abort` and `download`: several files in parallel, and a journal of open uploads."""
