"""A platform hosts servers: the start and stop sequence of each server type."""
