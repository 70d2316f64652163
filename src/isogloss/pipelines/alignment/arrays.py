"""Alignment of vectors that are at hand as arrays, for notebooks and scripts."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.alignment.embeddings import EmbeddingError, open_embeddings
from isogloss.pipelines.alignment.measurement import measure_pooling
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.alignment.tables import alignment_table
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

DEFAULTS = AlignmentParameters()
AXES = ("layers", "sentences", "hidden")
NUMBERS = "fiu"


def align_arrays(
    vectors: Mapping[str, Any],
    sentence_ids: Sequence[str] | None = None,
    *,
    pivot: str = "eng",
    parameters: AlignmentParameters = DEFAULTS,
    model: str = "own_vectors",
    pooling: str = "mean",
) -> pd.DataFrame:
    """Tabulate every metric of every pair of languages in every layer, with intervals.

    Args:
        vectors: language -> [layers, sentences, hidden], as array, torch tensor of any dtype and
            device, or list of these or of numbers; row i of every language is the same sentence.
        sentence_ids: one a row; numbers them if left out.
        pivot: the language that others are compared with; only for mode `pivot`.
        parameters: what is measured and how.
        model: what to write in the column of that name.
        pooling: likewise.

    Returns:
        the table that the pipeline saves as `{model}.alignment`, of one sample: all sentences.

    Raises:
        EmbeddingError: if the arrays are not parallel or of another shape, there are fewer than two
            languages or sentences, or a vector has no direction.
    """
    outcomes = measure_arrays(
        vectors, sentence_ids, pivot=pivot, parameters=parameters, pooling=pooling
    )
    return alignment_table(model, [outcomes], parameters)


def measure_arrays(
    vectors: Mapping[str, Any],
    sentence_ids: Sequence[str] | None = None,
    *,
    pivot: str = "eng",
    parameters: AlignmentParameters = DEFAULTS,
    pooling: str = "mean",
) -> StoredOutcomes:
    """Compare all languages in all layers, sentence by sentence, and keep it in memory.

    One measurement serves `alignment_table`, `retrieval_table` and `summarise`.

    Args:
        vectors: as for `align_arrays`.
        sentence_ids: as for `align_arrays`.
        pivot: as for `align_arrays`.
        parameters: as for `align_arrays`.
        pooling: name of the pooling in the tables.

    Raises:
        EmbeddingError: as for `align_arrays`.
    """
    arrays = {language: _as_array(language, given) for language, given in vectors.items()}
    tables = {
        language: TensorTable({pooling: array}, _sentence_ids(array, sentence_ids))
        for language, array in arrays.items()
    }
    opened = open_embeddings(
        {language: partial(tables.__getitem__, language) for language in tables}, pooling
    )
    samples = {0: list(next(iter(opened.rows.values())))}
    return StoredOutcomes(pooling, measure_pooling(opened, samples, pivot, parameters))


def _as_array(language: str, given: Any) -> NDArray[Any]:
    """Make a numeric array of three dimensions of what was given.

    Raises:
        EmbeddingError: if that cannot be; says what was given.
    """
    try:
        array = _from_tensors(given)
    except ValueError as error:
        raise EmbeddingError(f"The vectors of {language!r} are no array ({error}).") from None
    if array.ndim != len(AXES) or array.dtype.kind not in NUMBERS:
        hint = " Of a single layer give array[None]." if array.ndim == len(AXES) - 1 else ""
        raise EmbeddingError(
            f"The vectors of {language!r} have the shape {list(array.shape)} and the type "
            f"{array.dtype}; they must be numbers [{', '.join(AXES)}].{hint}"
        )
    return array


def _from_tensors(given: Any) -> NDArray[Any]:
    # Recognised by what it can do, so that torch need not be there; numpy has no bfloat16.
    if hasattr(given, "detach"):
        return np.asarray(given.detach().float().cpu().numpy())
    if isinstance(given, list | tuple) and any(hasattr(part, "detach") for part in given):
        return np.stack([_from_tensors(part) for part in given])
    return np.asarray(given)


def _sentence_ids(array: NDArray[Any], given: Sequence[str] | None) -> dict[str, str]:
    numbers = range(array.shape[1])
    identifiers = [str(identifier) for identifier in (numbers if given is None else given)]
    return {"sentence_ids": json.dumps(identifiers)}
