"""Everything that is measured of all pairs of languages in one layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Block, Scratch, diagonal
from isogloss.pipelines.alignment.competition import compete
from isogloss.pipelines.alignment.contrast import measure_contrast
from isogloss.pipelines.alignment.kernel_alignment import debiased_cka
from isogloss.pipelines.alignment.mutual import compete_mutually
from isogloss.pipelines.alignment.neighbourhoods import (
    csls_hits,
    largest_down,
    strictly_nearest,
)
from isogloss.pipelines.alignment.random_pairing import (
    floor_size,
    mutual_partners,
    mutual_share,
    subpool_floor,
)
from isogloss.pipelines.alignment.ranks import rank_translations
from isogloss.pipelines.alignment.similarity import (
    Similarities,
    Workers,
    similarities,
)
from isogloss.pipelines.alignment.vectors import Scale, centred, transform, unit
from isogloss.statistics.intervals import jackknife_influence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Outcomes = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Settings:
    """What is measured and how.

    Attributes:
        pool_sizes: the m of `mexa_at_m`.
        csls_neighbours: k.
        centering: `language` or `none`.
        ranks: whether translations are ranked among the sentences of all languages.
        matrix_bytes: largest similarity matrix to hold.
    """

    pool_sizes: tuple[int, ...]
    csls_neighbours: int
    centering: Literal["none", "language"] = "none"
    ranks: bool = True
    matrix_bytes: float = 2.0**30


def measure_layer(
    vectors: NDArray[np.float32], settings: Settings, workers: Workers, scale: Scale | None = None
) -> Outcomes:
    """Measure all pairs of languages in one layer from one matrix of cosines.

    Args:
        vectors: float32 [languages, n, hidden] of parallel sentences, languages in order.
        settings: what is measured.
        workers: who compute.
        scale: of every dimension, if they are to be standardised.

    Returns:
        per sentence, [pairs, n], pairs (a, b) with a < b in lexicographic order: `cosine`,
        `cosine_centered`, `baseline`, `auc`, `mid_rank` float32; `beaten`, `rescues`, `rescues_ab`,
        `rescues_ba` uint16; `hit_ab`, `hit_ba`, `csls_hit` uint8; `partner` int32 (see
        `mutual_partners`); `contrast_influence`, `cka_influence`, `mexa_at_<m>_influence` float32.
        Per pair, float64 [pairs]: `contrast`,
        `cka`, `cka_excess`, `mexa_floor` and, for the largest m < n if no m is n,
        `mexa_at_<m>_floor`. Over all queries, float64 [4]: `retrieval`.
    """
    vectors = transform(vectors, settings.centering, scale)
    directions = unit(vectors, out=workers.array("directions", *vectors.shape))
    cosines = similarities(directions, workers, settings.matrix_bytes)
    tables = _Tables.empty(len(vectors), vectors.shape[1], settings)
    n, columns = vectors.shape[1], vectors.shape[0] * vectors.shape[1]

    def measure_centred() -> Outcomes:
        moved = centred(vectors, out=workers.array("centred", *vectors.shape))
        return {**_centred_cosines(moved), **_kernel_alignment(moved)}

    def measure_block(language: int) -> Outcomes:
        _measure_block(cosines, language, tables, settings, workers.scratch(n, columns))
        return {}

    blocks = [partial(measure_block, language) for language in range(len(vectors))]
    tasks: list[Callable[[], Outcomes]] = [measure_centred, *blocks]
    from_centred, *_ = workers.map(lambda task: task(), tasks)
    return {**tables.joined(workers), **from_centred}


@dataclass(frozen=True)
class _Tables:
    """What the blocks fill in: `directed` is [block language, other language, n]."""

    directed: Outcomes
    paired: Outcomes
    retrieval: NDArray[np.float64] | None

    @classmethod
    def empty(cls, languages: int, n: int, settings: Settings) -> _Tables:
        each, pairs = (languages, languages, n), languages * (languages - 1) // 2
        directed: Mapping[str, Any] = {
            "reaching": np.uint16,
            "rescues": np.uint16,
            "loss": np.float32,
            "nearest": np.int32,
            "csls": np.bool_,
        }
        paired: dict[str, Any] = {
            "cosine": np.float32,
            "baseline": np.float32,
            "contrast_influence": np.float32,
            "beaten": np.uint16,
            "rescues": np.uint16,
        }
        paired |= {f"mexa_at_{m}_influence": np.float32 for m in settings.pool_sizes if m < n}
        tables = cls(
            {name: np.empty(each, dtype) for name, dtype in directed.items()},
            {name: np.empty((pairs, n), dtype) for name, dtype in paired.items()},
            np.empty((languages, 4)) if settings.ranks else None,
        )
        tables.paired["contrast"] = np.empty(pairs)
        if size := floor_size(settings.pool_sizes, n):
            tables.paired[f"mexa_at_{size}_floor"] = np.empty(pairs)
        if settings.ranks:
            tables.directed["rank"] = np.empty(each, np.float32)
        return tables

    def joined(self, workers: Workers) -> Outcomes:
        """Join both directions of every pair."""
        first, second = np.triu_indices(len(self.directed["loss"]), 1)
        # The block of b holds what the queries of a find in b.
        forward = dict(
            workers.map(lambda item: (item[0], item[1][second, first]), self.directed.items())
        )
        backward = dict(
            workers.map(lambda item: (item[0], item[1][first, second]), self.directed.items())
        )
        partners = mutual_partners(forward["nearest"], backward["nearest"])
        outcomes = {
            **self.paired,
            "auc": 1 - (forward["loss"] + backward["loss"]) / 2,
            "hit_ab": (forward["reaching"] == 0).astype(np.uint8),
            "hit_ba": (backward["reaching"] == 0).astype(np.uint8),
            "rescues_ab": forward["rescues"],
            "rescues_ba": backward["rescues"],
            "csls_hit": (forward["csls"] & backward["csls"]).astype(np.uint8),
            "partner": partners,
            "mexa_floor": mutual_share(partners),
        }
        if self.retrieval is not None:
            ranks = (forward["rank"] + backward["rank"]) / 2
            outcomes["mid_rank"] = ranks
            queries = len(self.directed["rank"]) * self.directed["rank"].shape[2]
            outcomes["retrieval"] = self.retrieval.sum(axis=0) / queries
        return outcomes


def _measure_block(
    cosines: Similarities, language: int, tables: _Tables, settings: Settings, scratch: Scratch
) -> None:
    count, n, _ = cosines.residuals.shape
    block = cosines.block(language, scratch.floats((n, count, n), 1))
    competition = compete(block, scratch)
    tables.directed["reaching"][language] = competition.reaching
    tables.directed["rescues"][language] = competition.rescues
    tables.directed["loss"][language] = competition.loss
    largest = largest_down(block, max(settings.csls_neighbours, 2))
    tables.directed["nearest"][language] = strictly_nearest(block, largest, scratch)
    neighbours = largest[: min(settings.csls_neighbours, n)]
    tables.directed["csls"][language] = csls_hits(block, neighbours, scratch)
    if tables.retrieval is not None:
        ranks = rank_translations(block, language, scratch)
        tables.directed["rank"][language] = ranks.translation
        tables.retrieval[language] = ranks.statistics
    if language < count - 1:
        _measure_pairs(block, language, tables, settings, scratch)


def _measure_pairs(
    block: Block, language: int, tables: _Tables, settings: Settings, scratch: Scratch
) -> None:
    """Measure the pairs of a language with those after it."""
    count = block.shape[1]
    start = language * (2 * count - language - 1) // 2
    pairs = slice(start, start + count - 1 - language)
    later = block[:, language + 1 :]
    tables.paired["cosine"][pairs] = diagonal(later)
    contrast = measure_contrast(later, later[0].mean(axis=1), scratch)
    tables.paired["baseline"][pairs] = contrast.baseline
    tables.paired["contrast"][pairs] = contrast.contrast
    tables.paired["contrast_influence"][pairs] = contrast.influence
    mutual = compete_mutually(later, settings.pool_sizes, scratch)
    tables.paired["beaten"][pairs] = mutual.beaten
    tables.paired["rescues"][pairs] = mutual.rescues
    for size, influence in mutual.subpool_influence.items():
        tables.paired[f"mexa_at_{size}_influence"][pairs] = influence
    if common := floor_size(settings.pool_sizes, len(block)):
        tables.paired[f"mexa_at_{common}_floor"][pairs] = subpool_floor(later, common)


def _centred_cosines(moved: NDArray[np.float32]) -> Outcomes:
    """Give the cosines of translations among centred vectors; 0 for a vector of length 0."""
    by_sentence = moved.transpose(1, 0, 2)
    products = np.matmul(by_sentence, by_sentence.transpose(0, 2, 1)).astype(np.float64)
    lengths = np.sqrt(np.einsum("iaa->ia", products))
    lengths[lengths == 0] = np.inf
    first, second = np.triu_indices(len(moved), 1)
    cosines = products[:, first, second] / (lengths[:, first] * lengths[:, second])
    return {"cosine_centered": cosines.T.astype(np.float32)}


def _kernel_alignment(moved: NDArray[np.float32]) -> Outcomes:
    measured = debiased_cka(moved)
    pairs = np.triu_indices(len(moved), 1)
    influence = jackknife_influence(measured.left_out[pairs])
    return {
        "cka": measured.cka[pairs],
        "cka_influence": influence.astype(np.float32),
        "cka_excess": measured.excess[pairs],
    }
