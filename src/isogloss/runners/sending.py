"""Sends nodes to the workers of a cluster, and waits for them as long as there is a worker."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from distributed import KilledWorker
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError

from isogloss.errors import Refusal
from isogloss.node_records import WORKER_LOST, NodeRecord
from isogloss.pipeline_registry import GPU

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from distributed import Client
    from kedro.pipeline.node import Node

    from isogloss.runners.worker import ProjectOfRun

logger = logging.getLogger(__name__)

LOST = (FutureCancelledError, CommClosedError)
LOOK_AFTER = 30.0
"""Seconds after which it is looked whether a node without a result can still get one."""
REMOVED = "remove-worker"
"""What the scheduler says of a worker that has gone, to those that listen to its address."""


class Sent(NamedTuple):
    """A node that was sent to the workers.

    Attributes:
        node: its name.
        future: what Dask gives for it.
        resources: what a worker must offer to run it.
    """

    node: str
    future: Any
    resources: Mapping[str, int]


class NodeSender:
    """Sends the nodes of a run to workers that offer what their tags ask for.

    Args:
        client: of the cluster.
        project: what all nodes of the run have in common.
        wait: seconds to wait for a worker where none is left.
    """

    def __init__(self, client: Client, project: ProjectOfRun, wait: float) -> None:
        self._client, self._project, self._wait = client, project, wait
        self._known: Mapping[str, Any] = {}
        self._heard: set[str] = set()
        self._offered: set[str] = set()
        self._lacking_since: dict[tuple[str, ...], float] = {}
        self._under_way: dict[str, str] = {}
        self._losses: dict[str, list[NodeRecord]] = {}
        self._told_of_no_gpu = False
        self._one_at_a_time = threading.Lock()

    def workers(self) -> Mapping[str, Any]:
        """Give what the scheduler knows of its workers; of a lost one, what it knew."""
        scheduler: Any = self._client.scheduler
        try:
            # Not `scheduler_info`: that gives what was asked last, by the client itself too, and
            # the client asks for no workers.
            self._known = self._client.sync(scheduler.identity, n_workers=-1)["workers"]
        except OSError:
            logger.debug("The scheduler does not answer")
        for address in {*self._known} - self._heard:
            self._heard.add(address)
            self._client.subscribe_topic(address, partial(self._hear, address))
        return self._known

    def losses(self, node: Node) -> list[NodeRecord]:
        """Give a record for each worker that was lost while it had a node, and forget them."""
        return self._losses.pop(node.name, [])

    def leave(self) -> None:
        """Take no more notice of workers that are lost: what they had is not needed any more."""
        self._under_way = {}

    def send(self, node: Node, function: Callable[..., Any], *arguments: Any) -> Sent:
        """Have a worker call a function for a node.

        Args:
            node: what it does.
            function: takes the project, the name of the node, and the arguments.
            *arguments: further ones.
        """
        # What was offered once in this run is waited for: elsewhere results would be others.
        self._offered |= {name for one in self.workers().values() for name in one["resources"]}
        resources = {name: 1 for name in self._offered if name.lower() in node.tags}
        if GPU in node.tags and not resources:
            self._tell_of_no_gpu()
        key = f"{node.name}-{uuid4().hex[:8]}"
        self._under_way[key] = node.name
        future = self._client.submit(
            function, self._project, node.name, *arguments,
            pure=False, resources=resources or None, key=key,
        )  # fmt: skip
        return Sent(node.name, future, resources)

    def wait_for(self, sent: Sent) -> Any:
        """Give what the worker returns, or raise what it raises.

        Raises:
            Refusal: if no worker can run the node, or it or the scheduler was lost.
        """
        try:
            return self._watch(sent)
        except KilledWorker as error:
            raise Refusal(
                f"Every worker that took the node '{sent.node}' was lost ({error}). Most often "
                "memory is short: give each more, start fewer on a machine, or lower the batch "
                "budget of the room. What is complete is kept: run the same command again."
            ) from None
        except LOST as error:
            raise Refusal(
                f"The scheduler of the cluster was lost while '{sent.node}' ran "
                f"({type(error).__name__}). What is complete is kept: start it, and run the same "
                "command again."
            ) from None
        finally:
            self._under_way.pop(sent.future.key, None)

    def _hear(self, address: str, event: tuple[float, Any]) -> None:
        """Say that a worker was lost that had nodes of this run, and note it."""
        told = event[1]
        if not isinstance(told, dict) or told.get("action") != REMOVED:
            return
        names = {self._under_way.get(key, "") for key in told["processing-tasks"]} - {""}
        if not names:
            return
        for name in names:
            lost = NodeRecord(name, host="", worker=address, error=WORKER_LOST)
            self._losses.setdefault(name, []).append(lost)
        logger.warning(
            "The worker %s was lost. What it had begins again elsewhere: %s",
            address, ", ".join(sorted(names)),
        )  # fmt: skip

    def _tell_of_no_gpu(self) -> None:
        with self._one_at_a_time:
            if not self._told_of_no_gpu:
                self._told_of_no_gpu = True
                logger.warning(
                    "No worker offers a GPU: nodes that open a model run on any worker. Where some "
                    'have one, start them with --resources "GPU=1".'
                )

    def _watch(self, sent: Sent) -> Any:
        while True:
            try:
                return sent.future.result(timeout=max(0.1, min(LOOK_AFTER, self._wait)))
            except TimeoutError:
                # It has ended meanwhile, or this is its own error.
                if sent.future.done():
                    return sent.future.result()
            self._require_worker(sent)

    def _require_worker(self, sent: Sent) -> None:
        """Refuse to wait on where no worker has offered for long what a node needs."""
        lack = tuple(sorted(sent.resources))
        offers = [one["resources"] for one in self.workers().values()]
        what = f"worker that offers {', '.join(lack)}" if lack else "worker"
        with self._one_at_a_time:
            if any(all(offer.get(name, 0) >= 1 for name in lack) for offer in offers):
                self._lacking_since.pop(lack, None)
                return
            if lack not in self._lacking_since:
                self._lacking_since[lack] = time.monotonic()
                logger.warning("No %s is left: waiting for one for %.0f s.", what, self._wait)
            waited = time.monotonic() - self._lacking_since[lack]
        if waited >= self._wait:
            more = "".join(f' --resources "{name}=1"' for name in lack)
            raise Refusal(
                f"No {what} is left for the node '{sent.node}', and none has joined within "
                f"{self._wait:.0f} s. Look at the queue of the batch system, start some (`dask "
                f"worker ADDRESS --nthreads 1{more}`), or wait longer (--runner-params "
                "wait=SECONDS). What is complete is kept: run the same command again."
            )
