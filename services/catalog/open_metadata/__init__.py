"""The connector for other open metadata servers: of this program, and of Egeria."""
