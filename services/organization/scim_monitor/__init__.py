"""Reading the users and groups of a SCIM service provider."""
