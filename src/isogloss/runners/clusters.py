"""Dask clusters: one that is there, one on this machine, or jobs of a batch system."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import dask
from distributed import Client, LocalCluster

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
BatchSystem = Literal["slurm", "pbs", "lsf", "sge", "oar", "htcondor"]
Kind = Literal["local", BatchSystem]
_CLASSES = {"slurm": "SLURM", "pbs": "PBS", "lsf": "LSF", "sge": "SGE", "oar": "OAR"}
CONNECT_SECONDS = 30
LEVELS = {
    "distributed": logging.ERROR,
    # Of a lost scheduler these show tracebacks.
    "distributed.client": logging.CRITICAL,
    "distributed.utils": logging.CRITICAL,
}
QUIET = {"DASK_LOGGING__DISTRIBUTED": "error"}
"""Environment of workers that write to the terminal of the run."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Place(NamedTuple):
    """Where nodes are to run.

    Attributes:
        address: of a scheduler, such as `tcp://host:8786`; None to look into the environment
            (`DASK_SCHEDULER_ADDRESS`) and to start a cluster where that is not set either.
        kind: of a cluster that is started: local, or a batch system.
        workers: how many are started.
        threads: cores of each that is started.
        wait: seconds to wait for the first worker, and for another where none is left.
    """

    address: str | None
    kind: str
    workers: int
    threads: int
    wait: float


@contextmanager
def open_cluster(place: Place) -> Iterator[Client]:
    """Connect to a cluster, or start one and end it afterwards.

    Args:
        place: which.

    Raises:
        Refusal: if the scheduler cannot be reached, or no worker comes.
    """
    address = place.address or os.environ.get(ADDRESS_VARIABLE)
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if address:
            client = stack.enter_context(_connect(address))
        else:
            cluster = stack.enter_context(_start(place.kind, place.workers, place.threads))
            client = stack.enter_context(Client(cluster))
        try:
            client.wait_for_workers(1, timeout=place.wait)
        except TimeoutError:
            where = address or f"the {place.kind} cluster"
            raise Refusal(
                f"No worker has joined {where} within {place.wait:.0f} s. Start some (`dask worker "
                "ADDRESS --nthreads 1`), look at the queue of the batch system, or wait longer "
                "(--runner-params wait=SECONDS)."
            ) from None
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what Dask says of connections that come and go; what matters the run says itself.

    Not in the settings of logging: Dask sets its own levels when it is imported, which is later.
    """
    before = {name: logging.getLogger(name).level for name in LEVELS}
    try:
        for name, level in LEVELS.items():
            logging.getLogger(name).setLevel(level)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _connect(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise Refusal(
            f"No Dask scheduler answers at {address} ({error}). Start one (`dask scheduler`), or "
            f"correct --runner-params address=… or {ADDRESS_VARIABLE}; without either a cluster "
            "is started on this machine."
        ) from None


def _start(kind: str, workers: int, threads: int) -> Any:
    environment = dict.fromkeys(THREADS, str(threads))
    return (
        _start_here(workers, environment)
        if kind == "local"
        else _submit(kind, workers, threads, environment)
    )


def _start_here(workers: int, environment: Mapping[str, str]) -> Any:
    key = "distributed.nanny.pre-spawn-environ"
    # Set before the libraries of a worker start, which read them once.
    with dask.config.set({key: {**dask.config.get(key), **environment, **QUIET}}):
        return LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        )


def _submit(kind: str, workers: int, threads: int, environment: Mapping[str, str]) -> Any:
    """Have a batch system start workers: one a job, which runs one node at a time."""
    try:
        jobqueue = import_module("dask_jobqueue")
    except ImportError:
        raise Refusal(
            f"cluster={kind} needs dask-jobqueue: pip install -c constraints.txt -e '.[cluster]'"
        ) from None
    # Not every system has a setting for disks.
    missing = [one for one in ("memory", "disk") if _setting(kind, one, default="") is None]
    if missing:
        raise Refusal(
            f"cluster={kind}: nothing says how much {' and '.join(missing)} a job takes. Set it, "
            f"and what else your queue asks for, under jobqueue.{kind} in "
            f"{Path(dask.config.PATH, 'jobqueue.yaml')}; cores are --runner-params threads=NUMBER."
        )
    name = _CLASSES.get(kind, "HTCondor")
    exports = [f"export {key}={value}" for key, value in environment.items()]
    # Queue, memory, walltime and the like come from jobqueue.yaml, Dask's own settings.
    cluster = getattr(jobqueue, f"{name}Cluster")(
        cores=threads,
        processes=1,
        job_script_prologue=[*_setting(kind, "job-script-prologue"), *exports],
        # The last one counts: dask-jobqueue gives a worker a thread for every core.
        worker_extra_args=[*_setting(kind, "worker-extra-args"), "--nthreads", "1"],
    )
    cluster.scale(jobs=workers)
    return cluster


def _setting(kind: str, name: str, default: object = ()) -> Any:
    return dask.config.get(f"jobqueue.{kind}.{name}", default)
