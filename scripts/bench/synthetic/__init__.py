"""Synthetic documents and their index, which all benchmarks of searches share."""
