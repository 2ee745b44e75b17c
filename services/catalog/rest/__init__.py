"""Catalogues that are reached by an HTTP interface: settings, authentication, requests and their errors."""
