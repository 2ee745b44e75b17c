"""Callers with JSON Web Tokens (JWT) of an OpenID Connect issuer: the extra `integration-daemon[openid-connect]`."""
