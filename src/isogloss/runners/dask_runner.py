"""Runs the nodes of a pipeline on the workers of a Dask cluster.

    kedro run --runner isogloss.runners.DaskRunner
    kedro run --runner isogloss.runners.DaskRunner --runner-params address=tcp://host:8786

Kedro's own loop decides which nodes are ready. A node whose result is a set of partitions is split
into shares where workers would else have nothing to do. What a worker has made is on storage when
it says so: a worker that is lost costs its node, which is run again elsewhere and takes up what the
lost one has left.
"""

from __future__ import annotations

import json
import logging
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from kedro.framework import project
from kedro.io import MemoryDataset
from kedro.runner import AbstractRunner
from pluggy import PluginManager

from isogloss.config import ROOT, SessionConfigLoader
from isogloss.datasets import ResumablePartitionsDataset
from isogloss.errors import Refusal
from isogloss.hooks import NodeRecordsHook, OutdatedResultsHook
from isogloss.node_records import NodeRecord, first_line
from isogloss.partitions import Share
from isogloss.runners.clusters import Place, open_cluster
from isogloss.runners.parameters import check_parameters
from isogloss.runners.sending import NodeSender
from isogloss.runners.worker import (
    ProjectOfRun,
    count_groups,
    digest_sources,
    list_versions,
    manage_no_hooks,
    run_node,
)
from isogloss.runners.worker_logs import forwarded_logs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node
    from kedro.runner.task import Task

logger = logging.getLogger(__name__)


class DaskRunner(AbstractRunner):
    """Runs nodes on a Dask cluster, whose workers read and write the storage of the catalog.

    Args:
        address: of a scheduler that is there; else `DASK_SCHEDULER_ADDRESS` in the environment;
            else a cluster is started, and ended with the run.
        cluster: which one to start: local, slurm, pbs, lsf, sge, oar or htcondor.
        workers: how many to start.
        threads: cores of each that is started.
        shares: into how many a node's partitions are split at the most; 0 as many as there are
            workers without work.
        wait: seconds to wait for the first worker, and for another where none is left.
        is_async: must be false; Kedro sets it.
    """

    def __init__(self, *, is_async: bool = False, **parameters: Any) -> None:
        super().__init__(is_async=False)
        if is_async:
            raise Refusal("--async has no meaning on a cluster: leave it out.")
        checked = check_parameters(parameters)
        self._place = Place(
            checked.address, checked.cluster, checked.workers, checked.threads, checked.wait
        )
        self._shares = checked.shares
        self._hooks: Any = None
        self._run_id: str | None = None
        self._needs: Mapping[Node, set[Node]] = {}

    def _run(
        self,
        pipeline: Pipeline,
        catalog: Any,
        hook_manager: PluginManager | None = None,
        run_id: str | None = None,
    ) -> None:
        _require_storage(pipeline, catalog)
        # Without a session Kedro gives something that takes any call and answers none.
        has_hooks = isinstance(hook_manager, PluginManager)
        self._hooks = hook_manager if has_hooks else manage_no_hooks()
        self._run_id = run_id
        self._needs = pipeline.node_dependencies
        super()._run(pipeline, catalog, hook_manager, run_id)

    def _get_executor(self, max_workers: int) -> Executor:
        of_run = _describe_project(self._run_id)
        return _NodeExecutor(self._place, self._shares, self._needs, of_run, self._hooks)


class _NodeExecutor(Executor):
    """Takes tasks from Kedro; a thread each follows its node through the cluster."""

    def __init__(
        self,
        place: Place,
        shares: int,
        needs: Mapping[Node, set[Node]],
        of_run: ProjectOfRun,
        hooks: Any,
    ) -> None:
        self._shares, self._hooks = shares, hooks
        self._needs = needs
        self._done: set[Node] = set()
        self._one_at_a_time = threading.Lock()
        self._given_up = False
        with ExitStack() as stack:
            client = stack.enter_context(open_cluster(place))
            stack.enter_context(forwarded_logs(client, of_run.package))
            self._sender = NodeSender(client, of_run, place.wait)
            self._threads = ThreadPoolExecutor(max(1, len(needs)))
            self._open = stack.pop_all()
        logger.info("Workers of the cluster: %d", len(self._sender.workers()))

    def submit(self, task: Task, /) -> Future[Node]:  # type: ignore[override]
        """Run a node on the cluster."""
        return self._threads.submit(self._follow, task)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Leave nothing waiting for a run that has failed."""
        self._given_up = error is not None
        if self._given_up:
            self._sender.leave()
        self._threads.shutdown(wait=error is None, cancel_futures=True)
        self._open.close()

    def _follow(self, task: Task) -> Node:
        node = task.node
        try:
            self._expect(node)
            records = self._make_shares(task)
            records += self._sender.wait_for(self._sender.send(node, run_node))
        except Exception as error:
            if not self._given_up:
                failed = NodeRecord(node.name, host="", error=first_line(error))
                self._tell(node, task, [*self._sender.losses(node), failed], error)
            raise
        self._done.add(node)
        self._tell(node, task, [*self._sender.losses(node), *records])
        return node

    def _expect(self, node: Node) -> None:
        """Note what a worker is about to save: this process may be killed before it hears of it."""
        with self._one_at_a_time:
            for hook in self._hooks.get_plugins():
                if isinstance(hook, OutdatedResultsHook):
                    hook.send(node.outputs)

    def _make_shares(self, task: Task) -> list[NodeRecord]:
        """Have several workers make the partitions of a node where they would else be idle."""
        node = task.node
        if not _is_shared_out(node, task.catalog):
            return []
        wanted = self._shares or len(self._sender.workers()) // self._count_ready()
        if wanted < 2:
            return []
        groups = self._sender.wait_for(self._sender.send(node, count_groups))
        count = min(groups, wanted)
        if count < 2:
            return []
        logger.info("%s: %d shares of %d groups of partitions", node.name, count, groups)
        shares = [Share(index, count) for index in range(count)]
        sent = [self._sender.send(node, run_node, share) for share in shares]
        return [record for one in sent for record in self._sender.wait_for(one)]

    def _count_ready(self) -> int:
        """Count the nodes that workers have or may have now.

        By what they need, not by what Kedro has asked for: it asks for nodes that are ready at once
        one after the other, and the first would take all workers for its shares.
        """
        return sum(
            node not in self._done and needed <= self._done for node, needed in self._needs.items()
        )

    def _tell(
        self,
        node: Node,
        task: Task,
        records: Sequence[NodeRecord],
        error: Exception | None = None,
    ) -> None:
        """Tell the hooks of the run of a node that ended elsewhere; what it saved stays there."""
        taking = [one for one in self._hooks.get_plugins() if isinstance(one, NodeRecordsHook)]
        known = {"node": node, "catalog": task.catalog, "inputs": {}, "is_async": False,
                 "run_id": task.run_id}  # fmt: skip
        # One node after another: hooks are written for runs that go through them in turn.
        with self._one_at_a_time:
            for hook in taking:
                hook.take(records)
            self._hooks.subset_hook_caller("before_node_run", taking)(**known)
            if error is not None:
                self._hooks.subset_hook_caller("on_node_error", taking)(error=error, **known)
                return
            self._hooks.subset_hook_caller("after_node_run", taking)(outputs={}, **known)
            for name in node.outputs:
                self._hooks.subset_hook_caller("after_dataset_saved", taking)(
                    dataset_name=name, data=None, node=node
                )


def _require_storage(pipeline: Pipeline, catalog: Any) -> None:
    """Refuse what would have to pass from worker to worker in memory."""
    names = sorted(pipeline.all_outputs())
    lost = [name for name in names if isinstance(catalog.get(name), MemoryDataset | None)]
    if lost:
        raise Refusal(
            f"On a cluster nodes share data through storage alone, and these have no entry in the "
            f"catalog: {', '.join(lost)}. Add them to conf/base/catalog."
        )


def _is_shared_out(node: Node, catalog: Any) -> bool:
    return len(node.outputs) == 1 and isinstance(
        catalog.get(node.outputs[0]), ResumablePartitionsDataset
    )


def _describe_project(run_id: str | None) -> ProjectOfRun:
    loader = SessionConfigLoader.current
    if loader is None:
        raise Refusal("DaskRunner runs the pipelines of a project: use `kedro run`, or a session.")
    return ProjectOfRun(
        package=str(project.PACKAGE_NAME),
        folder=str(ROOT),
        configuration=str(loader.conf_source),
        environment=loader.env,
        runtime_parameters=json.dumps(loader.runtime_params or {}),
        run_id=run_id,
        sources=digest_sources(),
        versions=list_versions(),
    )
