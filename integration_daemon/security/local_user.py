"""The files of the data directory with which the local user's command line finds the platform and is known to it."""

LOCAL_TOKEN = "security/local-token"  # nosec B105 # a path
"""Where in the data directory the token of the local user is, for this user alone."""
LOCAL_ADDRESS = "security/local-address"
"""Where in the data directory the address of the platform is, to which alone the command line sends that token."""
LOCAL_SOCKET = "security/local-socket"
"""Where in the data directory the path of its Unix socket is, if it listens on one."""
