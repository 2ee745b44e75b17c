"""Presents a store of this program to programs of Egeria 4 as a metadata server: its names, responses and rules.

In the other direction, `services.metadata.remote.egeria` uses a metadata server of Egeria as a store of this program.
"""
