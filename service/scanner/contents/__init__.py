"""What scanners may miss in the bytes of a file, found while the bytes pass."""
