"""Nodes that score translations with COMET, in its own environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from isogloss.partitions import Fingerprint, Partitions, StoredPartitions, digest
from isogloss.pipelines.tasks.comet_checkpoint import find_checkpoint
from isogloss.pipelines.tasks.comet_coverage import choose_encoder, find_coverage
from isogloss.pipelines.tasks.comet_metric import (
    download_checkpoint,
    library_version,
    open_metric,
)
from isogloss.pipelines.tasks.comet_parameters import CometParameters
from isogloss.pipelines.tasks.comet_scoring import (
    Scorer,
    add_to_cache,
    hash_triples,
    known_scores,
    score_translations,
)
from isogloss.progress import progress
from isogloss.provenance import record_sources, stack_tables

DEFINITION = 1
"""Of what is stored; raised when its meaning changes."""


def score_comet_of(model: str) -> Callable[..., Partitions[pd.DataFrame]]:
    """Give the function that scores the translations of a model.

    Args:
        model: its name.
    """

    def score_comet(
        translations: StoredPartitions[pd.DataFrame],
        known_comet_scores: pd.DataFrame,
        languages: pd.DataFrame,
        encoder_languages: pd.DataFrame,
        parameters: CometParameters,
    ) -> Partitions[pd.DataFrame]:
        """Score translations, one partition each of theirs; the checkpoint is opened if need be.

        Returns:
            See `score_translations`.
        """
        scorer, encoder = _prepare_scorer(known_comet_scores, encoder_languages, parameters)
        tables = {identifier: load() for identifier, load in translations.items()}
        codes = {code for table in tables.values() for code in table["language"]}
        coverage = find_coverage(codes, languages, encoder_languages, encoder)
        return Partitions(
            {"definition": DEFINITION, "signature": scorer.signature},
            {identifier: _fingerprint(table, coverage) for identifier, table in tables.items()},
            partial(_score, model, tables, coverage, scorer),
        )

    return score_comet


def _prepare_scorer(
    cache: pd.DataFrame, encoder_languages: pd.DataFrame, parameters: CometParameters
) -> tuple[Scorer, str | None]:
    """Find the checkpoint without opening it; give what scores, and its encoder if known."""
    library = library_version()
    checkpoint = find_checkpoint(parameters.checkpoint, parameters.revision, download_checkpoint)
    encoder = choose_encoder(parameters.encoder, checkpoint.pretrained_model, encoder_languages)

    def compute(triples: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
        metric = open_metric(checkpoint.path, parameters.device)
        return metric.score(triples, parameters.batch_size)

    signature = checkpoint.signature(library)
    return Scorer(signature, known_scores(cache, signature), compute), encoder


def _fingerprint(table: pd.DataFrame, coverage: Mapping[str, bool | None]) -> Fingerprint:
    return {
        "triples": digest(table["sentence_id"].tolist(), hash_triples(table)),
        "covered": [coverage[code] for code in table["language"].unique()],
    }


def _score(
    model: str,
    tables: dict[str, pd.DataFrame],
    coverage: dict[str, bool | None],
    scorer: Scorer,
    identifiers: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    title = f"COMET, {model}"
    with progress(title, len(identifiers), "directions", "translations") as report:
        for identifier in identifiers:
            table = tables[identifier]
            yield identifier, score_translations(model, table, coverage, scorer)
            report.worked(len(table))
            report.finished()


def gather_comet_scores(
    known_comet_scores: pd.DataFrame, *scores: StoredPartitions[pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the scores of all models below each other, and keep them for later runs.

    Args:
        known_comet_scores: of earlier runs: triple, signature, comet.
        *scores: of each model, see `score_translations`.

    Returns:
        The scores; and all ever given, each triple once a signature.
    """
    tables = [
        record_sources(load(), comet_scores=stored.fingerprint)
        for stored in scores
        for load in stored.values()
    ]
    gathered = stack_tables(tables)
    return gathered, add_to_cache(known_comet_scores, gathered)
