"""The documentation: pages written by hand, and `generate`, which writes the reference pages from the code."""
