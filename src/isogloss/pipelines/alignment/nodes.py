"""Nodes that measure how far languages share their representations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd

from isogloss.outcomes import StoredOutcomes
from isogloss.partitions import Partitions, StoredPartitions, digest, require_same_fingerprint
from isogloss.pipelines.alignment.embeddings import (
    EmbeddingError,
    open_embeddings,
    require_same_texts,
    stored_poolings,
)
from isogloss.pipelines.alignment.extremes import extreme_pairs
from isogloss.pipelines.alignment.measurement import measure_pooling
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.alignment.summary import summarise
from isogloss.pipelines.alignment.tables import alignment_table, retrieval_table
from isogloss.provenance import record_sources, stack_tables
from isogloss.tensors import TensorFile, TensorTable

DEFINITION = 2
"""Of the stored outcomes; raised when what is stored, or a formula behind it, changes."""


def measure_alignment(
    embeddings: StoredPartitions[TensorFile],
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    pivot: str,
    parameters: AlignmentParameters,
) -> Partitions[TensorTable]:
    """Compare all languages in all layers, sentence by sentence; one partition a pooling.

    Args:
        embeddings: language -> file with an array [layers + 1, sentences, hidden] a pooling and
            `sentence_ids` in its metadata; our own or made elsewhere.
        parallel_sentences: language, sentence_id, text: what our own must have been made from.
        sentence_samples: sample, sentence_id.
        pivot: the language that others are compared with in mode `pivot`.
        parameters: what is measured and how.

    Returns:
        pooling -> outcomes `<sample>/<outcome>`; see `measure_pooling`.

    Raises:
        EmbeddingError: if no pooling is common to all languages, or the texts have changed since
            they were embedded.
    """
    require_same_texts(embeddings, parallel_sentences, sentence_samples)
    poolings = parameters.poolings or tuple(stored_poolings(embeddings))
    if not poolings:
        raise EmbeddingError(
            "The embeddings of the languages have no pooling in common. Embed all languages with "
            "the same poolings."
        )
    samples = {
        int(number): sentence_samples.loc[sentence_samples["sample"] == number, "sentence_id"]
        .astype(str)
        .tolist()
        for number in sorted(sentence_samples["sample"].unique())
    }

    def measure(pooling: str) -> TensorTable:
        opened = open_embeddings(embeddings, pooling)
        return measure_pooling(opened, samples, pivot, parameters)

    fingerprint = {
        "embeddings": dict(embeddings.fingerprint),
        "embedded_languages": {
            name: dict(item) for name, item in embeddings.item_fingerprints.items()
        },
        "samples": digest(samples),
        **_settings(pivot, parameters),
    }
    return Partitions.from_callables(
        fingerprint, {pooling: partial(measure, pooling) for pooling in poolings}
    )


def tabulate_alignment(
    outcomes: StoredPartitions[TensorFile], model: str, pivot: str, parameters: AlignmentParameters
) -> pd.DataFrame:
    """Tabulate every metric of every pair of languages in every layer, with intervals.

    Args:
        outcomes: pooling -> outcomes.
        model: name of the model.
        pivot: as for `measure_alignment`.
        parameters: as for `measure_alignment`.
    """
    return alignment_table(model, _stored(outcomes, pivot, parameters), parameters)


def tabulate_retrieval_statistics(
    outcomes: StoredPartitions[TensorFile], model: str, pivot: str, parameters: AlignmentParameters
) -> pd.DataFrame:
    """Tabulate what the nearest sentences of a sentence are, layer by layer.

    Args:
        outcomes: pooling -> outcomes.
        model: name of the model.
        pivot: as for `measure_alignment`.
        parameters: as for `measure_alignment`.
    """
    return retrieval_table(model, _stored(outcomes, pivot, parameters))


def summarize_alignment(
    outcomes: StoredPartitions[TensorFile], model: str, pivot: str, parameters: AlignmentParameters
) -> pd.DataFrame:
    """Aggregate every metric of every pair over the declared range of layers, with intervals.

    Args:
        outcomes: pooling -> outcomes.
        model: name of the model.
        pivot: as for `measure_alignment`.
        parameters: as for `measure_alignment`.
    """
    return summarise(model, _stored(outcomes, pivot, parameters), parameters)


def for_model(
    tabulate: Callable[[StoredPartitions[TensorFile], str, str, AlignmentParameters], pd.DataFrame],
    model: str,
) -> Callable[[StoredPartitions[TensorFile], str, AlignmentParameters], pd.DataFrame]:
    """Give a function that tabulates outcomes under a model's name.

    Not a `functools.partial`, which would hide from Kedro that `parameters` are typed.

    Args:
        tabulate: one of the functions above.
        model: name of the model.
    """

    def tabulate_model(
        outcomes: StoredPartitions[TensorFile], pivot: str, parameters: AlignmentParameters
    ) -> pd.DataFrame:
        table = tabulate(outcomes, model, pivot, parameters)
        return record_sources(table, alignment_outcomes=outcomes.fingerprint)

    tabulate_model.__name__ = tabulate_model.__qualname__ = tabulate.__name__
    tabulate_model.__doc__ = tabulate.__doc__
    return tabulate_model


def collect_alignment_summaries(*summaries: pd.DataFrame) -> pd.DataFrame:
    """Stack the summaries of all models.

    Args:
        *summaries: one a model.
    """
    return stack_tables(summaries)


def rank_language_pairs(
    alignment_summary: pd.DataFrame, parameters: AlignmentParameters
) -> pd.DataFrame:
    """List the best and the worst aligned pairs of every model, metric and aggregation.

    Args:
        alignment_summary: scores of pairs.
        parameters: how many are listed.
    """
    return extreme_pairs(alignment_summary, parameters.top_n)


def _settings(pivot: str, parameters: AlignmentParameters) -> dict[str, object]:
    used = pivot if parameters.mode == "pivot" else None
    return {"definition": DEFINITION, **parameters.outcome_settings(), "pivot": used}


def _stored(
    outcomes: StoredPartitions[TensorFile], pivot: str, parameters: AlignmentParameters
) -> Iterator[StoredOutcomes]:
    """Open the outcomes, checked to have been made with the present parameters."""
    require_same_fingerprint(
        "alignment outcomes", outcomes.fingerprint, _settings(pivot, parameters)
    )
    for pooling in parameters.poolings or sorted(outcomes):
        if pooling not in outcomes:
            raise EmbeddingError(
                f"The alignment outcomes hold no pooling {pooling!r}, only "
                f"{', '.join(sorted(outcomes))}. Set alignment.poolings to some of these, or run "
                "`measure_alignment` with the poolings wanted."
            )
        yield StoredOutcomes(pooling, outcomes[pooling]())
