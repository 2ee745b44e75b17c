"""The connector framework: the interface and context of connectors, and their creation from a Connection."""
