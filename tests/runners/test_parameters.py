from __future__ import annotations

from typing import Any

import pytest

from isogloss.errors import Refusal
from isogloss.runners import DaskRunner
from isogloss.runners.parameters import check_parameters

HAS = "'DaskRunner' has: address, cluster, workers, threads, shares, wait. Set by --runner-params."


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)


def test_what_is_left_out_has_a_value() -> None:
    checked = check_parameters({"workers": "3", "wait": 5})
    assert checked.model_dump() == {
        "address": None,
        "cluster": "local",
        "workers": 3,
        "threads": 1,
        "shares": 0,
        "wait": 5.0,
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"adress": "tcp://host:1"},
            "There is no setting 'DaskRunner.adress' (given: 'tcp://host:1'). "
            f"Did you mean address or shares? {HAS}",
        ),
        (
            {"workers": "two"},
            "DaskRunner.workers = 'two': it must be a whole number. Set by --runner-params.",
        ),
        (
            {"threads": 0},
            "DaskRunner.threads = 0: it must be greater than or equal to 1. "
            "Set by --runner-params.",
        ),
        (
            {"cluster": "slurn"},
            "DaskRunner.cluster = 'slurn': it must be 'local', 'slurm', 'pbs', 'lsf', 'sge', "
            "'oar' or 'htcondor'. Did you mean slurm? Set by --runner-params.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        DaskRunner(**given)
    assert str(caught.value) == words


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        DaskRunner(shares=-1, wait="long", wrkers=2)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "DaskRunner.shares = -1",
        "DaskRunner.wait = 'long'",
        "There is no setting 'DaskRunner.wrkers' (given",
    ]


def test_what_describes_a_new_cluster_is_refused_beside_one_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Refusal) as caught:
        DaskRunner(address="tcp://host:1", workers=2, threads=4, wait=3)
    assert str(caught.value) == (
        "--runner-params workers, threads: of a cluster that the run starts, but "
        "address=tcp://host:1 names one that is there, with its own workers. Leave out workers "
        "and threads, or the address, and a cluster is started with them."
    )
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://host:2")
    with pytest.raises(Refusal, match=r"cluster: .* DASK_SCHEDULER_ADDRESS=tcp://host:2 names one"):
        DaskRunner(cluster="slurm")
    assert check_parameters({"shares": 2, "wait": 3}).shares == 2
