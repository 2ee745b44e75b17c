"""Synchronization in both directions: decides which side's value of each property is taken."""
