"""The Security Integrator: security properties for enforcement points."""
