"""A store of this program as the programs of Egeria 4 see a metadata server: its words, its answers, its rules.

In the other direction, `services.metadata.remote.egeria` makes a metadata server of Egeria a store of this program.
"""
