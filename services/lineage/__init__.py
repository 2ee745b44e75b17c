"""The Lineage Integrator: lineage captured from third-party tools."""
