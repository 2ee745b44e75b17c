"""The Organization Integrator: people and teams of an organisation."""
