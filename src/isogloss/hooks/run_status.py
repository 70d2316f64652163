"""What `kedro viz` shows of a run on a cluster; its own hook watches runs in one process alone."""

from __future__ import annotations

from collections import defaultdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from isogloss.hooks.records import NodeRecordsHook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

    from isogloss.node_records import NodeRecord

RUNNER = "DaskRunner"


class RunStatusHook(NodeRecordsHook):
    """Writes what ran, where it failed and how long it took for `kedro viz` to show.

    Kedro-Viz notes this itself where nodes run one after another in the process of the command, and
    declines other runners. The file is the one that it writes, `.viz/kedro_pipeline_events.json`;
    as with its own, partial runs leave it alone.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._catalog: DataCatalog | None = None
        self._records: list[NodeRecord] = []
        self._events: list[dict[str, Any]] = []

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Begin with a whole run on a cluster."""
        self._records, self._events, self._catalog = [], [], None
        if RUNNER not in str(run_params["runner"]) or find_spec("kedro_viz") is None:
            return
        from kedro_viz.integrations.kedro.hooks_utils import generate_timestamp, is_default_run

        if is_default_run(run_params):
            self._catalog, self._nodes = catalog, {node.name: node for node in pipeline.nodes}
            self._events = [{"event": "before_pipeline_run", "timestamp": generate_timestamp()}]

    def take(self, records: Sequence[NodeRecord]) -> None:
        """Take the records of nodes that have ended on a worker."""
        self._records += records

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Write what a finished run did."""
        self._write("after_pipeline_run", {})

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Write how far a failed run came."""
        self._write("on_pipeline_error", {"error": str(error)})

    def _write(self, last: str, more: dict[str, str]) -> None:
        if self._catalog is None:
            return
        from kedro_viz.integrations.kedro.hooks_utils import generate_timestamp, write_events

        of_node: dict[str, list[NodeRecord]] = defaultdict(list)
        for record in self._records:
            of_node[record.node].append(record)
        told = [one for name, records in of_node.items() for one in self._tell(name, records)]
        end = {"event": last, "timestamp": generate_timestamp(), **more}
        write_events([*self._events, *told, end])
        self._catalog = None

    def _tell(self, name: str, records: Sequence[NodeRecord]) -> list[dict[str, Any]]:
        """Give the events of a node: shares of its partitions ran side by side, then it ended."""
        from kedro_viz.integrations.kedro.hooks_utils import hash_node
        from kedro_viz.integrations.kedro.run_hooks import create_dataset_event

        node = self._nodes[name]
        known = {"node": name, "node_id": hash_node(node)}
        if failed := next((one.error for one in records if one.error), None):
            return [{"event": "on_node_error", **known, "error": failed}]
        shares = [one.seconds for one in records if one.share]
        whole = sum(one.seconds for one in records if not one.share)
        duration = whole + max(shares, default=0.0)
        loaded = [
            create_dataset_event("after_dataset_loaded", one, True, self._catalog)
            for one in node.inputs
        ]
        saved = [
            create_dataset_event("after_dataset_saved", one, True, self._catalog)
            for one in node.outputs
        ]
        ran = {"event": "after_node_run", **known, "duration": duration, "status": "success"}
        return [*loaded, ran, *saved]
