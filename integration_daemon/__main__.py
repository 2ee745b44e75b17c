"""`python -m integration_daemon`: the program, where its script is not on the path."""

from integration_daemon.cli.main import main

main()
