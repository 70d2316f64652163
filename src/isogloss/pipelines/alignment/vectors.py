"""From embeddings to unit vectors: standardising, centring and normalising."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of every dimension; float32 [hidden] each."""

    mean: Vectors
    deviation: Vectors


def dimension_scale(languages: Iterable[Vectors]) -> Scale:
    """Measure every dimension over the sentences of all languages, one language at a time.

    A few dimensions of very large variance otherwise decide every cosine
    (Timkey and van Schijndel 2021, All Bark and No Bite, EMNLP, section 4).

    Args:
        languages: arrays [sentences, hidden].

    Returns:
        the scale; the deviation of a constant dimension is 1.
    """
    count, mean, squares = 0, np.float64(0), np.float64(0)
    for vectors in languages:
        own = vectors.mean(axis=0, dtype=np.float64)
        within = np.square(vectors - own).sum(axis=0, dtype=np.float64)
        total = count + len(vectors)
        # Chan, Golub and LeVeque's update: no difference of large numbers.
        squares = squares + within + np.square(own - mean) * (count * len(vectors) / total)
        mean = mean + (own - mean) * (len(vectors) / total)
        count = total
    deviation = np.sqrt(squares / max(count, 1))
    deviation = np.where(deviation > 0, deviation, 1.0)
    return Scale(np.asarray(mean, np.float32), np.asarray(deviation, np.float32))


def transform(
    vectors: Vectors, centering: Literal["none", "language"], scale: Scale | None = None
) -> Vectors:
    """Standardise and centre the vectors of some languages, as asked for.

    Args:
        vectors: [languages, sentences, hidden].
        centering: `language` subtracts each language's own mean.
        scale: of every dimension; None leaves them as they are.
    """
    if scale is not None:
        vectors = (vectors - scale.mean) / scale.deviation
    return centred(vectors) if centering == "language" else vectors


def centred(vectors: Vectors, out: Vectors | None = None) -> Vectors:
    """Subtract each language's mean vector.

    Args:
        vectors: [languages, sentences, hidden].
        out: where to, if memory is to be used again.
    """
    mean = vectors.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    return np.asarray(np.subtract(vectors, mean, out=out))


def unit(vectors: Vectors, out: Vectors | None = None) -> Vectors:
    """Divide every vector by its Euclidean length; a vector of length 0 stays 0.

    Args:
        vectors: [..., hidden].
        out: where to, if memory is to be used again.
    """
    squares = np.einsum("...d,...d->...", vectors, vectors, dtype=np.float64)
    lengths = np.sqrt(np.where(squares > 0, squares, 1))[..., None].astype(np.float32)
    return np.divide(vectors, lengths, out=out)
