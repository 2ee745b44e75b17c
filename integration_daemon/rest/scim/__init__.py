"""The routes of the SCIM receiver."""
