"""Benchmarks, each against a named limit in the same run, and the load of a peak day."""
