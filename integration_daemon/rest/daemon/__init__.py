"""The compatible routes of the Integration Daemon and its platform."""
