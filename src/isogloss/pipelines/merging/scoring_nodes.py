"""Nodes of merging that score: every source on every locale, and every merge of a locale."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.classifier_names import JOINT, classifier_parts
from isogloss.errors import suggest
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.merging.answered_locales import LabelledItems, answer_locales
from isogloss.pipelines.merging.comparisons import average_over_locales, compare_with_baselines
from isogloss.pipelines.merging.merge_scores import Scored, score_locale, share_draws
from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters
from isogloss.pipelines.merging.utterances import DEV, TEST
from isogloss.provenance import record_sources
from isogloss.statistics.clustered import score_items
from isogloss.tensors import Tensors

logger = logging.getLogger(__name__)

Logits = dict[str, dict[str, NDArray[np.float32]]]
SourceLogits = StoredPartitions[Tensors]
Rows = list[dict[str, Any]]
MergeScorer = Callable[..., tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]
TransferScorer = Callable[..., pd.DataFrame]


def transfer_scorer(encoder: str) -> TransferScorer:
    """Give the function that scores every source of an encoder on every locale.

    Args:
        encoder: its name.
    """

    def score_transfer(
        source_logits: SourceLogits, intents: pd.DataFrame, parameters: MergeScoringParameters
    ) -> pd.DataFrame:
        """Score the classifier of every locale on the dev and test items of every locale.

        Returns:
            encoder, seed, source, target, partition, accuracy, ci_low, ci_high, n.
        """
        items = LabelledItems.of(intents)
        rows = [
            {"encoder": encoder, "seed": seed, **row}
            for seed, logits in _by_seed(source_logits)
            for row in _transfer(items, logits, parameters)
        ]
        return record_sources(pd.DataFrame(rows), source_logits=source_logits.fingerprint)

    return score_transfer


def merge_scorer(encoder: str) -> MergeScorer:
    """Give the function that scores the merges of an encoder.

    Args:
        encoder: its name.
    """

    def score_merges(
        source_logits: SourceLogits,
        merge_predictions: StoredPartitions[pd.DataFrame],
        merge_weights: pd.DataFrame,
        locale_spelling: pd.DataFrame,
        intents: pd.DataFrame,
        parameters: MergeScoringParameters,
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Score baselines, merges and ensembles of every locale, and compare them.

        Where anything is merged, only the targets of merges are scored. Locales that the encoder
        cannot spell are scored, but neither compared nor averaged, nor are their classifiers asked
        about other locales.

        Returns:
            `merge_results`, `merge_comparisons` and `merge_summary`.
        """
        spelled = set(locale_spelling.loc[locale_spelling["spelled"], "locale"])
        predictions = _load_predictions(merge_predictions)
        tables: tuple[Rows, Rows, Rows] = ([], [], [])
        for seed, locales in _answer_seeds(
            intents, source_logits, predictions, merge_weights, spelled, parameters
        ):
            for table, rows in zip(tables, _score(locales, spelled, parameters), strict=True):
                table.extend({"encoder": encoder, "seed": seed, **row} for row in rows)
        made_from = {"source_logits": source_logits.fingerprint}
        first, second, third = (record_sources(pd.DataFrame(rows), **made_from) for rows in tables)
        return first, second, third

    return score_merges


def _answer_seeds(
    intents: pd.DataFrame,
    source_logits: SourceLogits,
    predictions: pd.DataFrame,
    weights: pd.DataFrame,
    spelled: Collection[str],
    parameters: MergeScoringParameters,
) -> Iterator[tuple[int, list[Scored]]]:
    """Give what is scored seed by seed: the targets of merges, or all locales without any."""
    items = LabelledItems.of(intents)
    targets = set(weights["target"]) or set(items.rows)
    _look_for_pivot(parameters.pivot, items.rows)
    for seed, logits in _by_seed(source_logits):
        locales = answer_locales(
            items,
            logits,
            predictions[predictions["seed"] == seed],
            weights[weights["seed"] == seed],
            spelled,
            parameters,
        )
        yield seed, [scored for scored in locales if scored.target.locale in targets]


def _score(
    locales: Sequence[Scored], spelled: Collection[str], parameters: MergeScoringParameters
) -> tuple[Rows, Rows, Rows]:
    """Score, compare and average one seed: rows of the three tables without encoder and seed."""
    kept = [scored for scored in locales if scored.target.locale in spelled]
    results = [
        {"spelled": scored.target.locale in spelled, **row}
        for scored in locales
        for row in score_locale(scored, parameters.confidence)
    ]
    comparisons = compare_with_baselines(kept, parameters.confidence)
    means = average_over_locales(kept, parameters.confidence, parameters.seed)
    return results, list(comparisons), list(means)


def _look_for_pivot(pivot: str, locales: Collection[str]) -> None:
    if pivot not in locales:
        logger.warning(
            "The pivot %s (merge_scoring.pivot) is no locale: nothing is compared with its "
            "classifier.%s",
            pivot,
            suggest(pivot, locales),
        )


def _by_seed(source_logits: SourceLogits) -> Iterator[tuple[int, Logits]]:
    """Load the logits of a seed after the other: source -> `<locale>.<partition>`.

    One seed of 52 locales of MASSIVE takes 3 GB. A classifier of all locales together comes under
    its own name, `joint`.
    """
    names: dict[int, dict[str, str]] = {}
    for identifier in source_logits:
        source, seed = classifier_parts(identifier)
        names.setdefault(seed, {})[source] = identifier
    for seed, own in names.items():
        files = {source: source_logits[identifier]() for source, identifier in own.items()}
        yield (
            seed,
            {
                source: {name: file.read(name) for name in file.names()}
                for source, file in files.items()
            },
        )


def _load_predictions(partitions: StoredPartitions[pd.DataFrame]) -> pd.DataFrame:
    tables = [load() for load in partitions.values()]
    if not tables:
        return pd.DataFrame(columns=["recipe", "target", "seed", "item_id", "predicted"])
    return pd.concat(tables, ignore_index=True)


def _transfer(
    items: LabelledItems,
    logits: Mapping[str, Mapping[str, NDArray[np.float32]]],
    parameters: MergeScoringParameters,
) -> Iterator[dict[str, Any]]:
    logits = {source: own for source, own in logits.items() if source != JOINT}
    for partition in (DEV, TEST):
        ids = {one: parts[partition]["item_id"].tolist() for one, parts in items.rows.items()}
        drawn = share_draws(ids, parameters.rounds, parameters.seed)
        for target in items.rows:
            gold = items.gold(target, partition)
            right = np.stack(
                [np.argmax(own[f"{target}.{partition}"], axis=1) == gold for own in logits.values()]
            )
            scores = score_items(right.astype(np.float64), drawn[target], parameters.confidence)
            for row, source in enumerate(logits):
                yield {
                    "source": source,
                    "target": target,
                    "partition": partition,
                    "accuracy": scores.score[row],
                    "ci_low": scores.low[row],
                    "ci_high": scores.high[row],
                    "n": len(gold),
                }
