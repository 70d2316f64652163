"""Utterances with their intents, by locale and partition, as classifiers read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.corpora import Sentence
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

TRAIN, DEV, TEST = "train", "dev", "test"


@dataclass(frozen=True)
class Utterances:
    """Some utterances of a locale, in the order of their ids.

    Attributes:
        sentences: locale, item id and text of each.
        intents: of each.
    """

    sentences: tuple[Sentence, ...] = ()
    intents: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sentences)

    def __add__(self, other: Utterances) -> Utterances:
        return Utterances(self.sentences + other.sentences, self.intents + other.intents)

    def fingerprint(self) -> str:
        """Give what tells these utterances from others: a digest of ids, texts and intents."""
        return digest([self.sentences, self.intents])


def utterances_by_locale(
    intents: pd.DataFrame, partitions: Sequence[str]
) -> dict[str, dict[str, Utterances]]:
    """Take the utterances of some partitions.

    Args:
        intents: locale, partition, item_id, intent, text, in any order.
        partitions: of `train`, `dev`, `test`.

    Returns:
        locale, in alphabetical order -> partition -> its utterances, none if there are none.
    """
    ordered = intents.sort_values("item_id")
    groups = dict(list(ordered.groupby(["locale", "partition"], sort=False)))
    return {
        locale: {
            partition: _utterances(groups[locale, partition])
            if (locale, partition) in groups
            else Utterances()
            for partition in partitions
        }
        for locale in sorted(intents["locale"].unique())
    }


def label_map(intents: pd.DataFrame) -> tuple[str, ...]:
    """Give the labels by class, the same for every locale: all intents of all locales, sorted.

    Args:
        intents: with a column intent.
    """
    return tuple(sorted(intents["intent"].unique()))


def _utterances(rows: pd.DataFrame) -> Utterances:
    columns = (rows["locale"], rows["item_id"], rows["text"])
    sentences = (Sentence(*map(str, row)) for row in zip(*columns, strict=True))
    return Utterances(tuple(sentences), tuple(map(str, rows["intent"])))
