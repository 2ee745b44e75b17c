"""Alerts to people: one for an incident, and one when it is over."""
