"""Benchmarks: each a ratio against a peer in one run, the contestants taking turns. `./dev bench [NAME…]`."""
