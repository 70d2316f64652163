"""What may be told to the cluster runner, and what goes together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from isogloss.errors import Refusal
from isogloss.runners.clusters import ADDRESS_VARIABLE, Kind
from isogloss.setting_errors import describe_problems

RUNNER = "DaskRunner"
OPTION = "--runner-params"
OF_A_NEW_CLUSTER = ("cluster", "workers", "threads")
Number = Annotated[int, Field(ge=1)]


class RunnerParameters(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the cluster runner, which says what each means."""

    address: str | None = None
    cluster: Kind = "local"
    workers: Number = 2
    threads: Number = 1
    shares: Annotated[int, Field(ge=0)] = 0
    wait: Annotated[float, Field(gt=0)] = 300.0


def check_parameters(given: Mapping[str, Any]) -> RunnerParameters:
    """Check what `--runner-params` gave.

    Args:
        given: names and values.

    Raises:
        Refusal: names every parameter that does not fit, with what it may be.
    """
    try:
        checked = RunnerParameters.model_validate(given)
    except ValidationError as error:
        problems = describe_problems(RUNNER, given, RunnerParameters, error)
        raise Refusal("\n".join(f"{text} Set by {OPTION}." for text in problems)) from None
    _refuse_what_a_cluster_has(checked)
    return checked


def _refuse_what_a_cluster_has(checked: RunnerParameters) -> None:
    """Refuse what decides on a new cluster where there is one: it would be without effect."""
    spare = [name for name in OF_A_NEW_CLUSTER if name in checked.model_fields_set]
    address = checked.address or os.environ.get(ADDRESS_VARIABLE)
    if spare and address:
        where = "address=" if checked.address else f"{ADDRESS_VARIABLE}="
        one = len(spare) == 1
        raise Refusal(
            f"{OPTION} {', '.join(spare)}: of a cluster that the run starts, but {where}{address} "
            f"names one that is there, with its own workers. Leave out {' and '.join(spare)}, or "
            f"the address, and a cluster is started with {'it' if one else 'them'}."
        )
