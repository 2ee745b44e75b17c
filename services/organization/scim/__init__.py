"""SCIM 2.0 (RFC 7643, RFC 7644), the protocol with which identity providers provision users and groups."""
