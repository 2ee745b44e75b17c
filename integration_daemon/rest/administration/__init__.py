"""The routes of Egeria's administration services, which change stored documents."""
