"""The daemon: configuration, supervision, the platform with its REST API, and the command line.

The uppermost of the three layers; it uses `services` and `audit`.
"""
