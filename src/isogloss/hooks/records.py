"""What each node of a run took, in a log and a manifest beside the results."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl
from kedro.io import DatasetError

from isogloss.config import SessionConfigLoader
from isogloss.hooks.facts import describe_run
from isogloss.node_records import Measurement, NodeRecord, first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

logger = logging.getLogger(__name__)

MANIFEST, LOG = "run_manifest", "run_log"
APART = ("plan", "status", "compare")
"""Pipelines that only look at what is there."""
EVERY = 1.0
"""Seconds after which what nodes have done is written at the latest."""


class NodeRecordsHook:
    """Hears of nodes that have run on a cluster by their records."""

    def take(self, records: Sequence[NodeRecord]) -> None:
        """Take the records of nodes that have ended."""
        raise NotImplementedError


class NodeMeasuringHook(NodeRecordsHook):
    """Measures nodes in the process in which they run.

    Args:
        share: `2 of 4` where a node makes one share of its partitions.
    """

    def __init__(self, share: str = "") -> None:
        self.records: list[NodeRecord] = []
        self._share = share
        self._under_way: dict[int, Measurement] = {}

    @hook_impl(tryfirst=True)
    def before_dataset_loaded(self, node: Node) -> None:
        """Begin with the first input of a node."""
        self._begin(node)

    @hook_impl(tryfirst=True)
    def before_node_run(self, node: Node) -> None:
        """Begin where a node has no input."""
        self._begin(node)

    # After what others do with it.
    @hook_impl(trylast=True)
    def after_dataset_saved(self, dataset_name: str, data: Any, node: Node) -> None:
        """Note a table; the last output ends the node."""
        measurement = self._of(node)
        if measurement is None:
            return
        measurement.saved(dataset_name, data)
        if dataset_name == node.outputs[-1]:
            self.take([self._under_way.pop(threading.get_ident()).finish()])

    @hook_impl
    def on_node_error(self, error: Exception, node: Node) -> None:
        """Note what ended a node."""
        if measurement := self._of(node):
            del self._under_way[threading.get_ident()]
            self.take([measurement.finish(error)])

    def _of(self, node: Node) -> Measurement | None:
        found = self._under_way.get(threading.get_ident())
        return found if found is not None and found.record.node == node.name else None

    def _begin(self, node: Node) -> None:
        if self._of(node) is None:
            self._under_way[threading.get_ident()] = Measurement(node.name, self._share)

    def take(self, records: Sequence[NodeRecord]) -> None:
        """Take the records of nodes that have ended."""
        self.records += records


class RunRecordsHook(NodeMeasuringHook):
    """Keeps `run_manifest.json`, and a log of the run in lines of JSON, from its start to its end.

    Both are written while nodes end, so that they tell of a run that was killed how far it came;
    once for all that end within `EVERY` seconds, since hundreds of nodes of a run may end at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loader: SessionConfigLoader | None = None
        self._catalog: DataCatalog | None = None
        self._manifest: dict[str, Any] = {}
        self._start = 0.0
        self._later: threading.Timer | None = None
        self._one_at_a_time = threading.RLock()

    @hook_impl(trylast=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Remember where the settings of the run stand."""
        loader = context.config_loader
        self._loader = loader if isinstance(loader, SessionConfigLoader) else None

    @hook_impl(trylast=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Begin the records of a run."""
        self.records, self._under_way, self._catalog = [], {}, None
        if self._loader is None or {*(run_params.get("pipeline_names") or [])} & {*APART}:
            return
        self._catalog, self._start = catalog, time.perf_counter()
        self._manifest = {
            "run_id": run_params["run_id"],
            "runner": _name_runner(str(run_params["runner"])),
            "pipelines": run_params.get("pipeline_names") or ["__default__"],
            **describe_run(self._loader),
            "nodes_in_all": len(pipeline.nodes),
        }
        self._write("running")

    def take(self, records: Sequence[NodeRecord]) -> None:
        """Take the records of nodes that have ended, here or on a worker."""
        super().take(records)
        with self._one_at_a_time:
            if self._later is None and self._catalog is not None:
                self._later = threading.Timer(EVERY, self._write_now)
                # A process that ends does not wait for it.
                self._later.daemon = True
                self._later.start()

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """End the records of a run that has done all it was to do."""
        self._write("finished")

    @hook_impl(trylast=True)
    def on_pipeline_error(self, error: Exception) -> None:
        """End the records of a run that has failed."""
        self._manifest["error"] = first_line(error)
        try:
            self._write("failed")
        except DatasetError as another:
            # Where the disk is full this is, too; what ended the run is told.
            logger.warning("The end of the run could not be noted: %s", another)

    def _write_now(self) -> None:
        with self._one_at_a_time:
            if self._later is None:
                return
            try:
                self._write("running")
            except DatasetError as error:
                logger.warning("What nodes have done could not be noted: %s", error)

    def _write(self, status: str) -> None:
        """Write all that is known, at once; what was to be written later is in it."""
        with self._one_at_a_time:
            if self._later is not None:
                self._later.cancel()
                self._later = None
            catalog = self._catalog
            if status != "running":
                # Nodes may end elsewhere after their run has failed: that stays its last word.
                self._catalog = None
            if catalog is not None:
                self._save(catalog, status)

    def _save(self, catalog: DataCatalog, status: str) -> None:
        run_id = self._manifest["run_id"]
        whole = [one for one in self.records if not one.share and not one.error]
        manifest = {
            **self._manifest,
            "status": status,
            "seconds": round(time.perf_counter() - self._start, 1),
            "nodes_done": len(whole),
            "nodes": [one.as_event() for one in self.records],
        }
        catalog.save(MANIFEST, manifest)
        ends = [{"event": f"run_{status}", "seconds": manifest["seconds"]}]
        events = [
            {"event": "run_started", "date": self._manifest["date"]},
            *(one.as_event() for one in self.records),
            *(ends if status != "running" else []),
        ]
        lines = [json.dumps({"run_id": run_id, **event}, ensure_ascii=False) for event in events]
        catalog.save(LOG, {run_id: "\n".join(lines)})


def _name_runner(described: str) -> str:
    """Give the name of a runner's type from what Kedro says of it: `None`, or how it prints."""
    found = re.search(r"\w+Runner\b", described)
    return found[0] if found else "SequentialRunner"
