"""Recovery from failures: a restart after a delay, or when a shared dependency is available again."""
