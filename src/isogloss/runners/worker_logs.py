"""The log of workers in that of the run."""

from __future__ import annotations

import importlib.util
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from distributed import LocalCluster
from distributed.diagnostics.plugin import WorkerPlugin
from kedro.framework.project import LOGGING

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

IN_PROCESS = "inproc:"
"""Addresses of clusters in threads of this process, whose logs are its own."""
RUNS = "isogloss runs"
"""Where the scheduler remembers which runs want the logs of workers."""


class ConfiguredLogging(WorkerPlugin):
    """Configures logging on a worker as Kedro does in the process of the command.

    Args:
        package: of the project.
        quiet: whether the worker itself writes nothing, as its terminal is that of the run.
    """

    name = "configured-logging"

    def __init__(self, package: str, quiet: bool) -> None:
        self._package, self._quiet = package, quiet

    def setup(self, worker: Any) -> None:
        """Configure logging now: when Kedro does it at the first node it removes all handlers."""
        LOGGING.set_project_logging(self._package)
        if self._quiet:
            root = logging.getLogger()
            for handler in [*root.handlers]:
                root.removeHandler(handler)


@contextmanager
def forwarded_logs(client: Client, package: str) -> Iterator[None]:
    """Have what workers log, those that join later too, appear in the log of this process.

    Args:
        client: of the cluster.
        package: of the project, whose loggers are forwarded.

    Raises:
        Refusal: if a worker does not have the package.
    """
    if client.scheduler_info()["address"].startswith(IN_PROCESS):
        yield
        return
    _require_package(client, package)
    # In this order on every worker: the second adds the handler that the first would remove.
    client.register_plugin(ConfiguredLogging(package, isinstance(client.cluster, LocalCluster)))
    client.forward_logging(package, level=logging.INFO)
    run = uuid4().hex
    client.set_metadata([RUNS, run], True)
    try:
        yield
    finally:
        # A scheduler that is lost has nothing to be undone.
        if client.status == "running":
            client.set_metadata([RUNS, run], False)
            _stop_forwarding(client, package)


def _require_package(client: Client, package: str) -> None:
    """Look with what every Python has: what the package defines could not be sent without it."""
    found = client.run(importlib.util.find_spec, package, on_error="return")
    for address, specification in found.items():
        if specification is None:
            raise Refusal(
                f"The worker {address} has no package '{package}'. Start it with the Python of an "
                "environment in which the project is installed: pip install --constraint "
                "constraints.txt --editable ."
            )


def _stop_forwarding(client: Client, package: str) -> None:
    """Leave the cluster to others as it was: a worker without the package could not join it."""
    if any(client.get_metadata([RUNS], {}).values()):
        return
    client.unforward_logging(package)
    client.unregister_worker_plugin(ConfiguredLogging.name)
