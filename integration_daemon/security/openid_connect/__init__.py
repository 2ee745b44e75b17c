"""Authentication by JSON Web Tokens (JWT) of an OpenID Connect issuer (`integration-daemon[openid-connect]`)."""
