"""Benchmarks: each is a ratio to a peer in one run, in which the contestants take turns. `./dev bench [NAME…]`."""
