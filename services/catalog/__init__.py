"""The Catalog Integrator: metadata exchanged with third-party data catalogues."""
