"""The measured system, how it is measured, and clients, rows and counters for several benchmarks."""
