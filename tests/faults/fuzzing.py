"""How much is fuzzed, and from which seed on: `make fuzz FUZZ=100000 SEED=7`; in CI a little, always the same."""

import os


def how_many(usually: int) -> int:
    """Mutants to try."""
    return int(os.environ.get("FUZZ") or usually)


def seed() -> int:
    """Where chance begins."""
    return int(os.environ.get("FUZZ_SEED") or 1)


PATIENCE = 0 if os.environ.get("FUZZ") else 600
"""Seconds for a test; 0: for as long as it takes."""
