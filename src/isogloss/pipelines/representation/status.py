"""Which results of a representation run are there, missing or made otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.partitions import Fingerprint, changed_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_COLUMNS = ("model", "stage", "language", "status", "reason")


def status_table(
    model: str,
    stage: str,
    fingerprint: Fingerprint,
    items: Mapping[str, Fingerprint],
    markers: pd.DataFrame,
) -> pd.DataFrame:
    """Compare what is stored with what the present parameters ask for.

    Args:
        model: its name.
        stage: the node that makes the partitions.
        fingerprint: what all partitions should be made with.
        items: language -> what this partition should be made from.
        markers: of the stored partitions: partition, fingerprint and item_fingerprint (JSON).

    Returns:
        One row a language: model, stage, language, status (`done`; `missing`: never finished;
        `stale`: made with other settings or texts, so it will be computed anew), reason (which).
    """
    stored = {
        str(row["partition"]): {
            **json.loads(row["fingerprint"]),
            **json.loads(row["item_fingerprint"]),
        }
        for row in markers.to_dict("records")
    }
    rows = [
        (model, stage, language, *_status(stored.get(language), {**fingerprint, **item}))
        for language, item in items.items()
    ]
    return pd.DataFrame(rows, columns=list(STATUS_COLUMNS))


def _status(stored: dict[str, Any] | None, wanted: Fingerprint) -> tuple[str, str]:
    if stored is None:
        return "missing", ""
    differences = changed_keys(stored, wanted)
    return ("stale", "; ".join(differences)) if differences else ("done", "")
