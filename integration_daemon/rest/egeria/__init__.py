"""The routes of Egeria's metadata access servers, for its integration daemons and for other clients of version 4."""
