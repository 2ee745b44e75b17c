"""The Files Integrator: metadata about files stored in a file system or file manager."""
