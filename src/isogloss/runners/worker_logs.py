"""The log of workers in that of the run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from distributed.diagnostics.plugin import WorkerPlugin
from kedro.framework.project import LOGGING

if TYPE_CHECKING:
    from distributed import Client

IN_PROCESS = "inproc:"
"""Addresses of clusters in threads of this process, whose logs are its own."""


class ConfiguredLogging(WorkerPlugin):
    """Configures logging on a worker as Kedro does in the process of the command.

    Args:
        package: of the project.
    """

    name = "configured-logging"

    def __init__(self, package: str) -> None:
        self._package = package

    def setup(self, worker: Any) -> None:
        """Configure logging now: when Kedro does it at the first node it removes all handlers."""
        LOGGING.set_project_logging(self._package)


def forward_logs(client: Client, package: str) -> None:
    """Have what workers log, those that join later too, appear in the log of this process.

    Args:
        client: of the cluster.
        package: of the project, whose loggers are forwarded.
    """
    if client.scheduler_info()["address"].startswith(IN_PROCESS):
        return
    # In this order on every worker: the second adds the handler that the first would remove.
    client.register_plugin(ConfiguredLogging(package))
    client.forward_logging(package, level=logging.INFO)
