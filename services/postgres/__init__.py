"""PostgreSQL as a third party: its addresses, connections and errors, for the connectors of every service."""
