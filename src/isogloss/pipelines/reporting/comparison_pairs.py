"""What two runs have in common, item by item or sentence by sentence, and paired differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from isogloss.figures.summaries import choose_pooling
from isogloss.outcomes import StoredOutcomes
from isogloss.pipelines.reporting.ranking import mean_over_layers
from isogloss.statistics.alignment_metrics import summary_metric
from isogloss.statistics.clustered import Estimates, compare_items, resample_items, subtract
from isogloss.statistics.intervals import mean_influence, standard_error
from isogloss.statistics.values import Values, interval

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from isogloss.partitions import StoredPartitions
    from isogloss.tensors import Tensors

    Row = Mapping[Hashable, Any]

ANSWERED = ("model", "study", "language")


class Paired(NamedTuple):
    """A difference on what both runs have; without one, only why not.

    Attributes:
        how: what it is over, or why there is none; empty where there was nothing to pair.
        difference: second less first; NaN where there is none, likewise the others.
        low: of its interval.
        high: of its interval.
    """

    how: str
    difference: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")


class Answers:
    """Right and wrong answers of two runs, looked up by model, study and language."""

    def __init__(self, first: pd.DataFrame, second: pd.DataFrame) -> None:
        """Sort the answers of both runs.

        Args:
            first: of `scoreboard_comparison.tabulate_answers`.
            second: likewise.
        """
        self._sides = [
            {key: rows for key, rows in table.groupby(list(ANSWERED), sort=False)}
            for table in (first, second)
        ]

    def compare(self, cell: Row, rounds: int, seed: int) -> Paired:
        """Compare on the items that both have.

        Args:
            cell: model, study, language, confidence_2.
            rounds: of the bootstrap.
            seed: of it.
        """
        key = tuple(cell[name] for name in ANSWERED)
        one, two = (side.get(key) for side in self._sides)
        if one is None or two is None:
            return Paired("")
        items = one.merge(two[["item_id", "right", "gold"]], on="item_id", suffixes=("_1", "_2"))
        if items["cluster"].nunique() < 2:
            return Paired("")
        if others := int((items["gold_1"] != items["gold_2"]).sum()):
            return Paired(f"{others} items of the same name have another right answer")
        return _compare_items(items.sort_values("item_id"), cell, rounds, seed)


@dataclass(frozen=True)
class AlignedRun:
    """What is known of the alignment of one run.

    Attributes:
        overview: `pivot_overview` of all models.
        outcomes: model -> `alignment_outcomes`, where they are still there.
        pooling: that scoreboards take, where a model has it.
    """

    overview: pd.DataFrame
    outcomes: Mapping[str, StoredPartitions[Tensors]]
    pooling: str
    _read: dict[tuple[str, str], Sentences | None] = field(default_factory=dict)

    def read(self, model: str, metric: str) -> Sentences | None:
        """Read a metric of all languages of a model with the pivot; None where it is not there.

        Args:
            model: its name.
            metric: as in the scoreboard.
        """
        key = (model, metric)
        if key not in self._read:
            self._read[key] = self._average(model, metric)
        return self._read[key]

    def _average(self, model: str, metric: str) -> Sentences | None:
        rows = self.overview[
            (self.overview["model"] == model) & (self.overview["metric"] == metric)
        ]
        stored = self.outcomes.get(model)
        if stored is None or rows.empty:
            return None
        pooling = choose_pooling(self.pooling, rows["pooling"])
        rows = rows[rows["pooling"] == pooling]
        if pooling not in stored:
            return None
        first = rows.iloc[0]
        file = StoredOutcomes(pooling, stored[pooling]())
        pivot = str(first["pivot"])
        places = [place for place, pair in enumerate(file.pairs) if pivot in pair]
        layers = range(int(first["layer_first"]), int(first["layer_last"]) + 1)
        values = mean_over_layers(file, summary_metric(metric), np.array(places, np.intp), layers)
        names = [next(code for code in file.pairs[place] if code != pivot) for place in places]
        languages = stored.fingerprint.get("embedded_languages", {})
        return Sentences(values, names, pivot, file.samples, languages)


class Sentences(NamedTuple):
    """A metric of alignment, sentence by sentence.

    Attributes:
        values: a cell a language.
        languages: in their order.
        pivot: with which they are aligned.
        samples: sample -> ids of sentences.
        texts: language -> what it was made from, the digest of its texts among that.
    """

    values: Values
    languages: list[str]
    pivot: str
    samples: dict[int, list[str]]
    texts: Mapping[str, Any]

    def of(self, language: str) -> Values:
        """Give the values of one language."""
        return self.values.chosen(np.array([self.languages.index(language)], np.intp))

    def digests(self, language: str) -> list[Any]:
        """Give the digests of the texts that the score of a language rests on."""
        return [self.texts.get(code, {}).get("texts") for code in (self.pivot, language)]


def compare_alignment(cell: Row, first: AlignedRun, second: AlignedRun) -> Paired:
    """Compare the alignment of a language with the pivot on the same sentences.

    Args:
        cell: model, language, metric, confidence_2.
        first: the run that is subtracted.
        second: the run that it is subtracted from.
    """
    model, language, metric = (str(cell[name]) for name in ("model", "language", "metric"))
    one, two = (run.read(model, metric) for run in (first, second))
    if one is None or two is None or not {language} <= {*one.languages} & {*two.languages}:
        return Paired("")
    if one.pivot != two.pivot:
        return Paired(f"pivot {one.pivot} there, {two.pivot} here")
    if one.samples != two.samples or one.digests(language) != two.digests(language):
        return Paired("other sentences")
    n = one.values.influence.shape[-1]
    return _compare_sentences(one.of(language), two.of(language), n, float(cell["confidence_2"]))


def _compare_items(items: pd.DataFrame, cell: Row, rounds: int, seed: int) -> Paired:
    same = f"same {len(items)} items"
    if (items["right_1"] == items["right_2"]).all():
        return Paired(f"{same}, all answered alike", 0.0, 0.0, 0.0)
    drawn = resample_items(
        items["cluster"].astype(str).to_numpy(),
        items["stratum"].astype(str).to_numpy(),
        rounds=rounds,
        generator=np.random.default_rng(seed),
    )
    found = compare_items(
        items["right_2"].to_numpy()[None],
        items["right_1"].to_numpy(),
        drawn,
        float(cell["confidence_2"]),
    )
    return Paired(same, float(found.score[0]), float(found.low[0]), float(found.high[0]))


def _compare_sentences(one: Values, two: Values, n: int, confidence: float) -> Paired:
    same = f"same {n} sentences"
    if np.array_equal(one.outcomes, two.outcomes):
        return Paired(f"{same}, all alike", 0.0, 0.0, 0.0)
    shared = [
        Estimates(
            values.estimate,
            standard_error(mean_influence(values.influence)),
            *interval(values, confidence),
        )
        for values in (two, one)
    ]
    error = standard_error(mean_influence(two.influence - one.influence))
    found = subtract(shared[0], shared[1], error)
    return Paired(same, float(found.score[0]), float(found.low[0]), float(found.high[0]))
