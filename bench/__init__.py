"""Benchmarks: Fairway and the plain code it is compared with, side by side in one run."""
