"""The number of mutants and the seed: `make fuzz FUZZ=100000 SEED=7`; CI runs a few, with a fixed seed."""

import os


def how_many(usually: int) -> int:
    """The number of mutants to try."""
    return int(os.environ.get("FUZZ") or usually)


def seed() -> int:
    """The seed of the random generator."""
    return int(os.environ.get("FUZZ_SEED") or 1)


PATIENCE = 0 if os.environ.get("FUZZ") else 600
"""Seconds for a test; 0: for as long as it takes."""
