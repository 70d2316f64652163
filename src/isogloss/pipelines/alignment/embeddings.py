"""Reading stored embeddings one layer of one language at a time, checked to be parallel."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.corpora import select_sentences, text_fingerprint
from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from isogloss.partitions import StoredPartitions
    from isogloss.tensors import TensorFile, Tensors

logger = logging.getLogger(__name__)

IDS_SHOWN = 3


class EmbeddingError(Refusal):
    """Embeddings that cannot be compared; says which language differs and how to mend it."""


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of one pooling, checked to be parallel.

    Attributes:
        files: language -> its file, languages in order of code point.
        pooling: name of the array in each file.
        layers: number of stored states, the embedding output included.
        hidden: size of a vector.
        final_norm: whether the last state has passed a norm behind the last block; unknown for
            vectors made elsewhere, which count as if it had.
        rows: language -> row of each sentence id.
    """

    files: Mapping[str, Tensors]
    pooling: str
    layers: int
    hidden: int
    final_norm: bool
    rows: Mapping[str, Mapping[str, int]]

    @property
    def languages(self) -> list[str]:
        """The languages, in order of code point."""
        return list(self.files)

    def read(self, language: str, layer: int, sentence_ids: Sequence[str]) -> NDArray[np.float32]:
        """Read the vectors of some sentences in one layer.

        Args:
            language: one of `languages`.
            layer: 0..layers-1.
            sentence_ids: in the order wanted.

        Returns:
            float32 [sentences, hidden].

        Raises:
            EmbeddingError: if a vector is not finite or has no length.
        """
        rows = self.rows[language]
        vectors = self.files[language].read(self.pooling, layer).astype(np.float32, copy=False)
        chosen = vectors[[rows[identifier] for identifier in sentence_ids]]
        lengths = np.linalg.norm(chosen, axis=1)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
            first = sentence_ids[int(bad[0])]
            what = "is zero" if lengths[bad[0]] == 0 else "holds NaN or infinity"
            raise EmbeddingError(
                f"The {self.pooling} vector of sentence {first!r} in language {language!r}, layer "
                f"{layer}, {what}, so it has no direction ({len(bad)} of {len(sentence_ids)} "
                "sentences there). Embed them again or leave them out of every language."
            )
        return chosen

    def require(self, sentence_ids: Sequence[str]) -> None:
        """Refuse a sample of which some language lacks a sentence.

        Raises:
            EmbeddingError: names the language and the first sentences that are missing.
        """
        for language, rows in self.rows.items():
            missing = [identifier for identifier in sentence_ids if identifier not in rows]
            if missing:
                raise EmbeddingError(
                    f"The vectors of {language!r} lack {len(missing)} of the {len(sentence_ids)} "
                    f"sentences of a sample, for example {missing[0]!r}; theirs are "
                    f"{', '.join(map(repr, list(rows)[:IDS_SHOWN]))} and so on. The sentence_ids "
                    "in the metadata of a file must be those of parallel_sentences (for "
                    "corpus=folder the numbers of the lines, from 0, as text). Save them so, or "
                    "embed the missing sentences where the vectors were made."
                )


def open_embeddings(stored: Mapping[str, Callable[[], Tensors]], pooling: str) -> Embeddings:
    """Open one pooling of all languages, checked to have the same layers, size and sentences.

    Args:
        stored: language -> function that opens its file.
        pooling: name of the array.

    Raises:
        EmbeddingError: if there are fewer than two languages, an array or the sentence ids are
            missing, or a language differs from the others.
    """
    files = {language: stored[language]() for language in sorted(stored)}
    if len(files) < 2:
        raise EmbeddingError(
            f"Alignment compares languages, but there are embeddings of {list(files)} only. "
            "Add languages to the parameter `languages` and embed them."
        )
    rows: dict[str, dict[str, int]] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for language, file in files.items():
        _require_pooling(language, file, pooling)
        shapes[language] = file.shape(pooling)
        rows[language] = _sentence_rows(language, file, shapes[language])
    _require_parallel(shapes, rows)
    layers, _, hidden = next(iter(shapes.values()))
    first = next(iter(files.values()))
    final_norm = bool(json.loads(first.metadata.get("final_norm", "true")))
    return Embeddings(files, pooling, layers, hidden, final_norm, rows)


def require_same_texts(
    stored: StoredPartitions[TensorFile],
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
) -> None:
    """Refuse embeddings that were made from other texts than the corpus has now.

    Vectors made elsewhere do not say what they were made from; of these, languages that the corpus
    has beside them are named in the log, since nothing is measured for them.

    Args:
        stored: language -> file.
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.

    Raises:
        EmbeddingError: names the languages that differ.
    """
    made_from = {
        language: item["texts"]
        for language, item in stored.item_fingerprints.items()
        if "texts" in item
    }
    if made_from:
        corpus = select_sentences(parallel_sentences, sentence_samples)
        present = {language: text_fingerprint(own)["texts"] for language, own in corpus.items()}
        differing = sorted(
            language
            for language in made_from.keys() | present.keys()
            if made_from.get(language) != present.get(language)
        )
        if differing:
            raise EmbeddingError(
                f"The embeddings of {', '.join(differing)} are missing or were made from other "
                "texts than parallel_sentences and sentence_samples hold now. Run the "
                "representation pipeline again: it embeds what differs."
            )
        return
    absent = sorted(set(parallel_sentences["language"]) - set(stored))
    if absent:
        logger.warning(
            "No vectors of %s: these languages of the corpus are left out. Compared are %s.",
            ", ".join(absent),
            ", ".join(sorted(stored)),
        )


def stored_poolings(stored: StoredPartitions[TensorFile]) -> list[str]:
    """List the poolings that every language has, by name.

    Args:
        stored: language -> file.
    """
    names = [set(stored[language]().names()) for language in stored]
    return sorted(set.intersection(*names)) if names else []


def _require_pooling(language: str, file: Tensors, pooling: str) -> None:
    if pooling not in file.names():
        raise EmbeddingError(
            f"The embeddings of {language!r} hold no array {pooling!r}, only {file.names()}. Set "
            "alignment.poolings to what is there, or embed that pooling."
        )


def _sentence_rows(language: str, file: Tensors, shape: tuple[int, ...]) -> dict[str, int]:
    metadata = file.metadata
    if "sentence_ids" not in metadata:
        raise EmbeddingError(
            f"The embeddings of {language!r} do not say which sentences their rows are. Save them "
            "with safetensors.numpy.save_file(arrays, path, metadata={'sentence_ids': "
            "json.dumps([...])}): one text a row, equal for translations."
        )
    identifiers = [str(identifier) for identifier in json.loads(metadata["sentence_ids"])]
    rows = {identifier: row for row, identifier in enumerate(identifiers)}
    if len(shape) != 3 or len(identifiers) != shape[1] or len(rows) != len(identifiers):
        raise EmbeddingError(
            f"The embeddings of {language!r} have shape {list(shape)} and {len(rows)} different "
            "sentence_ids; they must be [layers+1, sentences, hidden] with one id a sentence."
        )
    return rows


def _require_parallel(
    shapes: Mapping[str, tuple[int, ...]], rows: Mapping[str, Mapping[str, int]]
) -> None:
    (first, shape), *others = shapes.items()
    for language, other in others:
        if (other[0], other[2]) != (shape[0], shape[2]):
            raise EmbeddingError(
                f"The embeddings of {language!r} have {other[0]} layers of size {other[2]}, those "
                f"of {first!r} {shape[0]} of size {shape[2]}: they come from different models. "
                "Embed them with the same one."
            )
        if rows[language].keys() != rows[first].keys():
            differing = sorted(rows[language].keys() ^ rows[first].keys())
            raise EmbeddingError(
                f"The embeddings of {language!r} and {first!r} differ in {len(differing)} sentence "
                f"ids, for example {differing[0]!r}. Every language needs the same sentences; "
                "embed the missing ones or drop them everywhere."
            )
