"""SCIM 2.0 (RFC 7643, RFC 7644): the language in which identity providers speak of users and groups."""
