"""Catalogues with an HTTP interface: settings, authentication, requests and their errors."""
