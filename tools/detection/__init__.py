"""Compare libraries that detect a file's type, on sample files of our own; docs/detected-types.md has the tables."""
