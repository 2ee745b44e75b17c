"""Alerts to people: one at the beginning of an incident, and one at its end."""
