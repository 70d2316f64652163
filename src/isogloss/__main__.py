"""Runs the project as a module: `python -m isogloss` is `kedro run`."""

from __future__ import annotations

import sys
from pathlib import Path

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project

from isogloss.hooks import prepare_command


def main() -> None:
    """Run the project's `run` command with the arguments of this process."""
    package = Path(__file__).parent.name
    configure_project(package)
    prepare_command(sys.argv[1:])
    find_run_command(package)()


if __name__ == "__main__":
    main()
