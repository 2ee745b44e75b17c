"""`completion`: a script with which a shell completes the commands and their options."""

from typing import Literal

from integration_daemon.cli import main


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print a script with which a shell completes commands, options and their values.

    For example, in `~/.bashrc`: `source <(integration-daemon completion bash)`.

    Parameters
    ----------
    shell
        The shell: bash, zsh or fish.
    """
    main.import_commands()
    print(main.app.generate_completion(shell=shell))
