"""`python -m integration_daemon`: the program, if its script is not on the path."""

from integration_daemon.cli.main import main

main()
