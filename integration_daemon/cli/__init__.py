"""The command line: a thin layer over the platform's REST API and over the start of the process."""
