"""PostgreSQL as a third party: its addresses, connections and failures, for the connectors of every service."""
