"""The files in the data directory by which the local user's command line finds the platform and authenticates."""

LOCAL_TOKEN = "security/local-token"  # nosec B105 # a path
"""Path of the local user's token in the data directory, readable by this user alone."""
LOCAL_ADDRESS = "security/local-address"
"""Path of the platform's address in the data directory; the command line sends the token to no other address."""
LOCAL_SOCKET = "security/local-socket"
"""Path in the data directory of the file that names the platform's Unix socket, if there is one."""
