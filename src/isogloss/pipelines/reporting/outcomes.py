"""Per-sentence outcomes of alignment, read back as scores that carry their influences.

An influence is a number a sentence, with mean zero, such that a score moves like their mean when
sentences are exchanged. Influences of averages (over pairs, layers, samples) are the averages of
influences, so that intervals of averages and of differences follow without any further computing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.intervals import hit_influence, mean_influence, two_way_influence
from isogloss.statistics.subpools import expected_hits

if TYPE_CHECKING:
    from isogloss.tensors import TensorFile

Floats = NDArray[np.float64]
Reader = Callable[[str], NDArray[np.generic]]
"""Reads one outcome of one sample and layer, [pairs, n]."""


@dataclass(frozen=True)
class Scores:
    """Scores of some cells and how they depend on the sentences.

    Attributes:
        outcomes: float64 [cells, n], whose mean over any part of the sentences is the score of
            that part, the pool of candidates held fixed.
        influence: float64 [cells, n].
    """

    outcomes: Floats
    influence: Floats

    def averaged(self, rows: NDArray[np.intp] | None = None) -> Scores:
        """Average over cells, or over some of them; gives a single cell."""
        outcomes = self.outcomes if rows is None else self.outcomes[rows]
        influence = self.influence if rows is None else self.influence[rows]
        return Scores(outcomes.mean(0, keepdims=True), influence.mean(0, keepdims=True))


@dataclass(frozen=True)
class OutcomeFile:
    """The outcomes of one model and pooling.

    Attributes:
        file: `<sample>/<outcome>` -> [layers, pairs, n], as the alignment room stores them.
    """

    file: TensorFile

    @cached_property
    def _metadata(self) -> dict[str, Any]:
        return {name: json.loads(text) for name, text in self.file.metadata.items()}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of languages, in the order of the arrays."""
        return [(a, b) for a, b in self._metadata["pairs"]]

    @property
    def samples(self) -> dict[int, list[str]]:
        """Sample -> ids of its sentences, in the order of the arrays."""
        stored = self._metadata["samples"]
        return {int(sample): list(ids) for sample, ids in stored.items()}

    def layers(self) -> int:
        """Count the layers, the embeddings included."""
        return self.file.shape(f"{min(self.samples)}/beaten")[0]

    def metrics(self) -> list[str]:
        """List the metrics that can be read for every sample."""
        names = set(self.file.names())
        shortest = min(len(ids) for ids in self.samples.values())
        return [
            metric
            for metric, (needed, least) in _NEEDS.items()
            if shortest >= least
            and all(
                f"{sample}/{name}" in names
                for sample, identifiers in self.samples.items()
                for name in (*needed, *_influence_of(metric, len(identifiers)))
            )
        ]

    def read(self, metric: str, layer: int) -> Iterator[tuple[list[str], Scores]]:
        """Read a metric of all pairs in a layer, sample by sample.

        Yields:
            The ids of the sample's sentences and the scores of all pairs.
        """
        pool = self._metadata["n_pool"]
        for sample, identifiers in self.samples.items():
            reader = partial(self._outcome, sample, layer)
            yield identifiers, _RULES[metric](reader, int(pool[str(sample)]))

    def _outcome(self, sample: int, layer: int, name: str) -> NDArray[np.generic]:
        return self.file.read(f"{sample}/{name}", layer)


def over_sentences(parts: list[tuple[list[str], Floats]]) -> Floats:
    """Put influences of several samples together, sentence by sentence.

    The score is the mean over samples. A sentence that is in several samples moves all of them, so
    with S samples of n_s sentences among N different ones its influence is
    N/S sum_s I_s / n_s over the samples that hold it; for one sample this is I itself.

    Args:
        parts: for each sample the ids of its sentences and the influences [cells, n_s].

    Returns:
        float64 [cells, N].
    """
    place: dict[str, int] = {}
    for identifiers, _ in parts:
        for identifier in identifiers:
            place.setdefault(identifier, len(place))
    total = np.zeros((parts[0][1].shape[0], len(place)))
    for identifiers, influence in parts:
        columns = [place[identifier] for identifier in identifiers]
        total[:, columns] += influence / len(identifiers)
    return total * len(place) / len(parts)


def _mean(name: str, read: Reader, _pool: int) -> Scores:
    own = np.asarray(read(name), np.float64)
    return Scores(own, mean_influence(own))


def _two_way(name: str, read: Reader, _pool: int) -> Scores:
    own = np.asarray(read(name), np.float64)
    return Scores(own, two_way_influence(own))


def _mexa(read: Reader, _pool: int) -> Scores:
    hits = np.asarray(read("beaten") == 0, np.float64)
    return Scores(hits, hit_influence(hits, read("rescues")))


def _mexa_at(size: int, read: Reader, pool: int) -> Scores:
    beaten = np.asarray(read("beaten"), np.int64)
    if beaten.shape[-1] == size:
        return _mexa(read, pool)
    influence = np.asarray(read(f"mexa_at_{size}_influence"), np.float64)
    return Scores(expected_hits(beaten, size), influence)


def _recall(read: Reader, _pool: int) -> Scores:
    there = np.asarray(read("hit_ab"), np.float64)
    back = np.asarray(read("hit_ba"), np.float64)
    influence = hit_influence(there, read("rescues_ab")) + hit_influence(back, read("rescues_ba"))
    return Scores((there + back) / 2, influence / 2)


def _retrieval(read: Reader, pool: int) -> Scores:
    # The query is no candidate: the pool is one smaller than the number of all sentences.
    score = 1 - np.asarray(read("mid_rank"), np.float64) / (pool + 1)
    return Scores(score, mean_influence(score))


_RULES: Mapping[str, Callable[[Reader, int], Scores]] = {
    "mexa": _mexa,
    "mexa_at_60": partial(_mexa_at, 60),
    "mexa_at_100": partial(_mexa_at, 100),
    "mexa_csls": partial(_mean, "csls_hit"),
    "auc": partial(_two_way, "auc"),
    "cosine": partial(_mean, "cosine"),
    "cosine_baseline": partial(_two_way, "baseline"),
    "cosine_centered": partial(_mean, "cosine_centered"),
    "retrieval": _retrieval,
    "recall_at_1": _recall,
}
# What a metric reads, and the least number of sentences it needs.
_NEEDS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "mexa": (("beaten", "rescues"), 2),
    "mexa_at_60": (("beaten", "rescues"), 60),
    "mexa_at_100": (("beaten", "rescues"), 100),
    "mexa_csls": (("csls_hit",), 2),
    "auc": (("auc",), 3),
    "cosine": (("cosine",), 2),
    "cosine_baseline": (("baseline",), 3),
    "cosine_centered": (("cosine_centered",), 2),
    "retrieval": (("mid_rank",), 2),
    "recall_at_1": (("hit_ab", "hit_ba", "rescues_ab", "rescues_ba"), 2),
}
_POOL_SIZES = {"mexa_at_60": 60, "mexa_at_100": 100}


def _influence_of(metric: str, n: int) -> tuple[str, ...]:
    """Name the stored influence of a sub-pool score; there is none where the pool is the whole."""
    return (f"{metric}_influence",) if n > _POOL_SIZES.get(metric, n) else ()


HIT_METRICS = frozenset({"mexa", "mexa_at_60", "mexa_at_100", "mexa_csls", "recall_at_1"})
"""Metrics that are shares of hits: each sentence gives a value between 0 and 1."""
