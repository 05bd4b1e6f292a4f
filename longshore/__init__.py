"""The command line: a module for each group of commands. What administers goes straight to the domain."""
