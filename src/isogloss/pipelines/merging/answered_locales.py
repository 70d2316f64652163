"""What all sources and merges of one seed say to the test items of every locale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.classifier_names import JOINT
from isogloss.errors import Refusal
from isogloss.merge_columns import CHOICE, SETTINGS
from isogloss.pipelines.merging.baselines import Approach, Target, list_baselines
from isogloss.pipelines.merging.ensembles import Vote, vote
from isogloss.pipelines.merging.merge_scores import Scored, share_draws
from isogloss.pipelines.merging.parameters import ACCURACY
from isogloss.pipelines.merging.utterances import DEV, TEST, TRAIN, label_map

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]


ALIKE = ("average", "leave_one_out")
"""Weightings in which all sources count alike."""


@dataclass(frozen=True)
class LabelledItems:
    """The items of all locales with their classes as numbers.

    Attributes:
        labels: names of the classes by number: all intents, sorted.
        rows: locale -> partition -> its rows of `intents` in the order of their ids.
    """

    labels: tuple[str, ...]
    rows: Mapping[str, Mapping[str, pd.DataFrame]]

    @classmethod
    def of(cls, intents: pd.DataFrame) -> LabelledItems:
        """Number the classes of a table of intents.

        Args:
            intents: locale, partition, item_id, intent, seen_in_train.
        """
        labels = label_map(intents)
        numbers = {label: number for number, label in enumerate(labels)}
        coded = intents.assign(label=intents["intent"].map(numbers)).sort_values("item_id")
        return cls(
            labels,
            {
                str(locale): {str(part): rows for part, rows in own.groupby("partition")}
                for locale, own in coded.groupby("locale", sort=True)
            },
        )

    def gold(self, locale: str, partition: str) -> Integers:
        """Give the right classes of a partition, in the order of its rows."""
        return self.rows[locale][partition]["label"].to_numpy(np.intp)

    def majority(self, locale: str) -> int:
        """Give the class that most training items of a locale have; of equals the first."""
        return int(np.bincount(self.gold(locale, TRAIN)).argmax())


def answer_locales(
    items: LabelledItems,
    logits: Mapping[str, Mapping[str, NDArray[np.float32]]],
    predictions: pd.DataFrame,
    weights: pd.DataFrame,
    spelled: Collection[str],
    parameters: MergeScoringParameters,
) -> list[Scored]:
    """Bring together what is scored: baselines, merges and ensembles of every locale.

    Args:
        items: of all locales.
        logits: source -> `<locale>.<partition>` -> float32 [items, classes], of one seed; `joint`
            is no source, but a classifier that was trained on all of them together.
        predictions: recipe, target, item_id, predicted (a class number), of the same seed.
        weights: `merge_weights` of the same seed.
        spelled: locales that the encoder can spell; only their classifiers are asked about others.
        parameters: pivot, votes, and the bootstrap of items.
    """
    identifiers = {locale: parts[TEST]["item_id"].tolist() for locale, parts in items.rows.items()}
    drawn = share_draws(identifiers, parameters.rounds, parameters.seed)
    joint = logits.get(JOINT)
    logits = {source: own for source, own in logits.items() if source != JOINT}
    accuracy = _dev_accuracy(items, logits)
    by_target = {str(locale): rows for locale, rows in predictions.groupby("target")}
    recipes = {str(locale): rows for locale, rows in weights.groupby("target")}
    found = []
    for locale in items.rows:
        own = {
            source: parts[f"{locale}.{TEST}"]
            for source, parts in logits.items()
            if source == locale or source in spelled
        }
        answers = {source: np.argmax(values, axis=1) for source, values in own.items()}
        gold = items.gold(locale, TEST)
        nearest = _nearest(locale, set(own), recipes.get(locale, weights.iloc[:0]))
        together = None if joint is None else np.argmax(joint[f"{locale}.{TEST}"], axis=1)
        majority, pivot = items.majority(locale), parameters.pivot
        target = Target(locale, pivot, gold, majority, answers, accuracy, together, nearest)
        approaches = [*list_baselines(target)]
        if locale in recipes:
            merged = by_target.get(locale, predictions.iloc[:0])
            approaches += _merges(target, identifiers[locale], merged, recipes[locale])
            approaches += _ensembles(target, own, recipes[locale], parameters.votes)
        seen = items.rows[locale][TEST]["seen_in_train"].to_numpy(bool)
        found.append(Scored(target, approaches, drawn[locale], ~seen))
    return found


def _nearest(target: str, sources: Collection[str], weights: pd.DataFrame) -> dict[str, str]:
    """Give the most similar other source by each features that take no labels, of ties the first.

    Every recipe that chooses sources by similarity weighs the most similar one.
    """
    known = weights[
        (weights["similarity"].notna())
        & (weights["features"] != ACCURACY)
        & (weights["source"] != target)
        & weights["source"].isin(list(sources))
    ]
    ordered = known.sort_values(["similarity", "source"], ascending=[False, True])
    first = ordered.drop_duplicates("features").sort_values("features")
    return dict(zip(first["features"], first["source"], strict=True))


def _dev_accuracy(
    items: LabelledItems, logits: Mapping[str, Mapping[str, NDArray[np.float32]]]
) -> dict[str, dict[str, float]]:
    def score(source: str, locale: str) -> float:
        answers = np.argmax(logits[source][f"{locale}.{DEV}"], axis=1)
        return float((answers == items.gold(locale, DEV)).mean())

    return {source: {locale: score(source, locale) for locale in items.rows} for source in logits}


def _merges(
    target: Target, identifiers: Sequence[str], predictions: pd.DataFrame, weights: pd.DataFrame
) -> Iterator[Approach]:
    answered = {str(recipe): rows for recipe, rows in predictions.groupby("recipe")}
    for recipe, rows in weights.groupby("recipe", sort=False):
        own = answered.get(str(recipe))
        if own is None:
            continue
        answers = own.set_index("item_id")["predicted"].reindex(list(identifiers))
        if answers.isna().any() or len(own) != len(identifiers):
            raise Refusal(
                f"The predictions of {recipe} for {target.locale} are not those of its "
                f"{len(identifiers)} test items. Run merging again from evaluate_merges."
            )
        yield _approach(target, rows, str(recipe), answers.to_numpy(np.intp))


def _ensembles(
    target: Target,
    logits: Mapping[str, NDArray[np.float32]],
    weights: pd.DataFrame,
    votes: Sequence[Vote],
) -> Iterator[Approach]:
    """Have the sources of every linear merge vote, with the weights of the merge.

    With equal weights the weighted vote is the majority's, which is given once; likewise the
    majority's of the sources that both a similarity and an average merge are made of.
    """
    linear = weights[weights["method"] == "linear"]
    averaged = linear[linear["weighting"] == "average"]
    same_sources = set(zip(*(averaged[name] for name in CHOICE), strict=True))
    for recipe, rows in linear.groupby("recipe", sort=False):
        stacked = np.stack([logits[source] for source in rows["source"]])
        first = rows.iloc[0]
        alike = first["weighting"] in ALIKE and "majority" in votes
        for kind in votes:
            repeated = tuple(first[name] for name in CHOICE) in same_sources
            if alike and kind == "weighted":
                continue
            if kind == "majority" and first["weighting"] == "similarity" and repeated:
                continue
            answers = vote(stacked, rows["weight"].to_numpy(np.float64), kind)
            name = f"ensemble_{kind}-{recipe}"
            counted = rows.assign(weight=1.0) if kind == "majority" else rows
            yield _approach(target, counted, name, answers, method=f"ensemble_{kind}")


def _approach(
    target: Target, rows: pd.DataFrame, recipe: str, answers: Integers, method: str = ""
) -> Approach:
    first, used = rows.iloc[0], rows[rows["weight"] != 0]
    return Approach(
        recipe,
        method or str(first["method"]),
        np.asarray(answers == target.gold, np.float64),
        answers,
        supervision=first["supervision"],
        sources=tuple(used["source"]),
        weights=tuple(used["weight"]),
        settings={name: first[name] for name in SETTINGS if name in rows},
    )
