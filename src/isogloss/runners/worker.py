"""What a worker of a cluster does: it opens the project as the run does, and runs single nodes.

A worker is told names only. It reads settings and credentials where every session reads them, in
the folder of the project, and data where the catalog says; neither passes through the scheduler.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import get_worker
from kedro.framework import project
from kedro.framework.hooks.markers import HOOK_NAMESPACE
from kedro.framework.hooks.specs import (
    DataCatalogSpecs,
    DatasetSpecs,
    KedroContextSpecs,
    NodeSpecs,
    PipelineSpecs,
)
from kedro.framework.project import configure_project, settings
from kedro.runner.task import Task
from pluggy import PluginManager

from isogloss.errors import Refusal
from isogloss.hooks import NodeMeasuringHook
from isogloss.language_models.device_lock import CPU_SLOT
from isogloss.language_models.storage import file_digest
from isogloss.partitions import digest
from isogloss.pipeline_registry import GPU
from isogloss.run_facts import library_versions
from isogloss.runners.abandoned import SaveWhileWantedHook, prepare_node, watch_task
from isogloss.stopping import stopping_when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kedro.framework.context import KedroContext
    from kedro.pipeline.node import Node

    from isogloss.node_records import NodeRecord
    from isogloss.partitions import Share

logger = logging.getLogger(__name__)

SPECIFICATIONS = (NodeSpecs, PipelineSpecs, DataCatalogSpecs, DatasetSpecs, KedroContextSpecs)


@dataclass(frozen=True)
class ProjectOfRun:
    """What tells a worker which project, environment and settings a run has.

    Attributes:
        package: of the project.
        folder: of the project.
        configuration: folder of its settings.
        environment: its name; None for the default.
        runtime_parameters: as given on the command line; JSON.
        run_id: of the run: settings in files may change from run to run.
        sources: digest of the program, see `digest_sources`.
        versions: of libraries, see `list_versions`.
    """

    package: str
    folder: str
    configuration: str
    environment: str | None
    runtime_parameters: str
    run_id: str | None
    sources: str
    versions: tuple[tuple[str, str], ...]


def list_versions() -> tuple[tuple[str, str], ...]:
    """Give the versions of the libraries that results may depend on.

    Builds for other devices (`+cu128`) are the same version, and so are patches of Python.
    """
    found = {name: text.partition("+")[0] for name, text in library_versions().items()}
    found["python"] = found["python"].rpartition(".")[0]
    return tuple(sorted(found.items()))


@cache
def digest_sources() -> str:
    """Give a digest of the program as it was when this process first asked for it."""
    package = Path(__file__).parents[1]
    paths = sorted(package.rglob("*.py"))
    return digest([(str(path.relative_to(package)), file_digest(path)) for path in paths])


def run_node(run: ProjectOfRun, name: str, share: Share | None = None) -> list[NodeRecord]:
    """Run a node, or make one share of the partitions that it saves.

    Args:
        run: the project.
        name: of the node.
        share: which share of its partitions to make; None for all of them.

    Returns:
        What it took.
    """
    context, hooks = _open(run)
    node = prepare_node(find_node(name), share)
    address = str(get_worker().address)
    part = f"{share.index + 1} of {share.count}" if share else ""
    if part or GPU in node.tags:
        # Of these a user waits for the end: others take seconds.
        logger.info("%s begins on %s%s", name, address, part and f", share {part}")
    measuring = NodeMeasuringHook(part)
    hooks.register(measuring)
    try:
        with stopping_when(watch_task()):
            Task(node, context.catalog, False, hook_manager=hooks, run_id=run.run_id).execute()
    finally:
        hooks.unregister(measuring)
    return [replace(record, worker=address) for record in measuring.records]


def count_groups(run: ProjectOfRun, name: str) -> int:
    """Note which partitions a node is to make, and count the groups that can be shared out.

    Args:
        run: the project.
        name: of a node whose only output is a set of partitions.
    """
    context, _ = _open(run)
    node = find_node(name)
    catalog: Any = context.catalog
    [output] = node.outputs
    data = node.run({one: catalog.load(one) for one in node.inputs})[output]
    return len(catalog.get(output).plan(data))


def find_node(name: str) -> Node:
    """Find a node of the project by its name.

    Args:
        name: of the node.

    Raises:
        Refusal: if no registered pipeline has it.
    """
    nodes: Iterable[Node] = (
        one for pipeline in project.pipelines.values() for one in pipeline.nodes
    )
    if found := next((node for node in nodes if node.name == name), None):
        return found
    raise Refusal(
        f"A worker on {os.uname().nodename} knows no node '{name}': its environment differs from "
        "that of the run. Have all machines read the same conf folder."
    )


@lru_cache(maxsize=1)
def _open(run: ProjectOfRun) -> tuple[KedroContext, PluginManager]:
    """Open the project, once a run in a process, with those of its hooks that concern data."""
    _require_same_project(run)
    _require_one_thread()
    # Each worker of a machine has cores of its own: it need not wait for the others' models.
    os.environ[CPU_SLOT] = str(get_worker().name)
    configure_project(run.package)
    hooks = _make_hooks()
    parameters = json.loads(run.runtime_parameters)
    loader = settings.CONFIG_LOADER_CLASS(
        conf_source=run.configuration,
        env=run.environment,
        runtime_params=parameters,
        **settings.CONFIG_LOADER_ARGS,
    )
    context: KedroContext = settings.CONTEXT_CLASS(
        package_name=run.package,
        project_path=run.folder,
        config_loader=loader,
        env=run.environment,
        runtime_params=parameters,
        hook_manager=hooks,
    )
    hooks.hook.after_context_created(context=context)
    return context, hooks


def _require_same_project(run: ProjectOfRun) -> None:
    """Refuse to make results that would differ from those of the run."""
    host = os.uname().nodename
    if run.sources != digest_sources():
        raise Refusal(
            f"A worker on {host} has loaded another state of the program than the run. Start the "
            "workers anew after a change of the program."
        )
    here, there = dict(list_versions()), dict(run.versions)
    if here != there:
        told = "; ".join(
            f"{name}: {here.get(name, 'none')}, the run has {there.get(name, 'none')}"
            for name in sorted({*here, *there})
            if here.get(name) != there.get(name)
        )
        raise Refusal(
            f"A worker on {host} has other libraries than the run, which would give other results "
            f"({told}). Install the same on all machines: pip install --constraint constraints.txt."
        )
    if not Path(run.configuration).is_dir():
        raise Refusal(
            f"A worker on {host} finds no folder {run.configuration}. Put the project where all "
            "machines of the cluster see it under the same path."
        )


def _require_one_thread() -> None:
    """Refuse to run nodes side by side in one process, which share drawing settings and records."""
    threads = get_worker().state.nthreads
    if threads != 1:
        raise Refusal(
            f"A worker on {os.uname().nodename} runs {threads} nodes at a time in one process, "
            "which would spoil each other's figures and records. Start it with one thread, and "
            "more of them for more nodes: dask worker ADDRESS --nthreads 1 --nworkers NUMBER."
        )


def _make_hooks() -> PluginManager:
    """Register hooks that concern data; the others belong to the run, which is elsewhere."""
    hooks = manage_no_hooks()
    for hook in settings.HOOKS:
        if getattr(hook, "concerns_data", False):
            hooks.register(hook)
    hooks.register(SaveWhileWantedHook())
    return hooks


def manage_no_hooks() -> PluginManager:
    """Make a manager of hooks that has none yet."""
    hooks = PluginManager(HOOK_NAMESPACE)
    for specification in SPECIFICATIONS:
        hooks.add_hookspecs(specification)
    return hooks
