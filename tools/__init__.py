"""Developers' tools: the stack for `./dev up` and tests, checks, documents, benchmarks, chaos and fuzzing."""
