"""Synchronization in both directions: which side's value of a property is taken."""
