"""Which results of a representation run are there, missing or made otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import Refusal
from isogloss.partitions import Fingerprint, changed_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from isogloss.tensors import TensorFile

EMBEDDINGS = "embeddings"
SENTENCE_INFORMATION = "sentence_information"
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
        stage: what the partitions hold, for example `embeddings`.
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


def vector_status_table(
    model: str,
    languages: Iterable[str],
    sampled: Iterable[str],
    vectors: Mapping[str, Callable[[], TensorFile]],
) -> pd.DataFrame:
    """Compare vectors that were made elsewhere with what alignment will ask of them.

    Args:
        model: its name.
        languages: of the corpus.
        sampled: ids of the sentences that are measured.
        vectors: language -> function that opens its file.

    Returns:
        As `status_table`, of the stage `embeddings`; `stale` files lack sampled sentences.
    """
    wanted = set(sampled)
    rows = [
        (model, EMBEDDINGS, language, *_vector_status(vectors.get(language), wanted))
        for language in languages
    ]
    return pd.DataFrame(rows, columns=list(STATUS_COLUMNS))


def _vector_status(open_file: Callable[[], TensorFile] | None, wanted: set[str]) -> tuple[str, str]:
    if open_file is None:
        return "missing", "there is no file of this language"
    try:
        file = open_file()
    except Refusal as error:
        return "missing", str(error)
    try:
        ids = json.loads(file.metadata["sentence_ids"])
    except (KeyError, ValueError):
        return "stale", f"the metadata of {file.path} lack sentence_ids, a JSON list"
    absent = sorted(wanted - {str(identifier) for identifier in ids})
    if absent:
        return "stale", f"lacks {len(absent)} of {len(wanted)} sampled sentences, as {absent[0]}"
    return "done", "made elsewhere"


def _status(stored: dict[str, Any] | None, wanted: Fingerprint) -> tuple[str, str]:
    if stored is None:
        return "missing", ""
    differences = changed_keys(stored, wanted)
    return ("stale", "; ".join(differences)) if differences else ("done", "")
