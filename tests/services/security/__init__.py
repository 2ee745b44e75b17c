"""The Security Integrator and its connectors."""
