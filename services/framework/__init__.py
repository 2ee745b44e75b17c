"""The connector framework: what a connector is, what it is given, and how one is made from a Connection."""
