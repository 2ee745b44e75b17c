"""Benchmarks of the daemon, each compared with the bare operation in the same run: machines differ, ratios hold."""
