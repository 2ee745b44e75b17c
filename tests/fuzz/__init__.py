"""Fuzzing that is guided by coverage, by hand: `pip install atheris`, `python -m tests.fuzz TARGET -runs=100000`."""
