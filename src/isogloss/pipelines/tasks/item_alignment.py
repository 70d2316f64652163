"""Whether a model tells the translations of an item's options apart: DALI.

An option is read after its question. It is aligned if its vector is more like that of its own
translation in the pivot than like those of the pivot's other options, and an item is aligned if all
its options are (Ravisankar, Han and Carpuat 2025, arXiv 2504.09378, section 3).

The question, which all options share, is the context in which an option means something, but it
also makes their vectors nearly equal. So alignment is told a second time, `centred`, with the mean
of the item's options taken off in each language: what is compared then is how the options differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.corpora import Sentence
from isogloss.errors import Refusal
from isogloss.language_models.batching import AUTOMATIC
from isogloss.language_models.hidden_states import pool_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from isogloss.language_models.batching import Overlong, TokenBudget
    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.pooling import Pooling

Vectors = NDArray[np.float32]

OPTIONS = ("option_1", "option_2", "option_3", "option_4")
TIE_TOLERANCE = 4 * 2.0**-23
"""Cosines that differ by no more are equal: four units in the last place of a float32 near 1."""
_BYTES = 1 << 29
"""Of the vectors of one language that are held at a time."""


@dataclass(frozen=True)
class OptionReading:
    """How options are read.

    Attributes:
        pooling: of the tokens of question and option.
        passage: also put the passage before the question.
        token_budget: tokens a batch, padding included, or `auto`.
        overlong: cut texts beyond the model's limit, or refuse them.
    """

    pooling: Pooling = "mean"
    passage: bool = False
    token_budget: TokenBudget = AUTOMATIC
    overlong: Overlong = "truncate"


DEFAULT_READING = OptionReading()


def align_languages(
    loaded: LoadedModel,
    items: Mapping[str, pd.DataFrame],
    pivot: str,
    languages: Sequence[str],
    *,
    reading: OptionReading = DEFAULT_READING,
    advance: Callable[[int], None] | None = None,
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Compare the options of several languages with those of the pivot, in every layer.

    The pivot is read once. Items are read in blocks, so that of each block only the vectors of the
    pivot and of one language are held.

    Args:
        loaded: an open model.
        items: language -> its items: item_id, question, option_1..4 and, for passages, passage.
        pivot: the language that the others are compared with.
        languages: to compare; not the pivot.
        reading: how options are read.
        advance: told the number of tokens read after each batch.

    Yields:
        language and its table, one row an item and layer: item_id, layer, aligned (uint8),
        aligned_back (from the pivot to the language), aligned_strict (the least likeness of an
        option to its translation also exceeds all likenesses between different options of one
        language), margin (of `aligned`, in cosine), the same with `centred` vectors
        (centred_aligned, …), untranslated (options that are written as in
        the pivot, 0..4), repeated (two options are written alike, so that nothing can tell them
        apart), truncated.

    Raises:
        Refusal: if a language has other items than the pivot, or passages are asked for in vain.
    """
    tables = {language: _in_order(items, language, pivot) for language in [pivot, *languages]}
    parts: dict[str, list[pd.DataFrame]] = {language: [] for language in languages}
    size = _BYTES // (4 * len(OPTIONS) * (loaded.layers + 1) * loaded.hidden_size)
    step = max(1, size)
    for start in range(0, len(tables[pivot]), step):
        block = {name: table.iloc[start : start + step] for name, table in tables.items()}
        base, base_cut = _embed_options(loaded, pivot, block[pivot], reading, advance)
        for language in languages:
            vectors, cut = _embed_options(loaded, language, block[language], reading, advance)
            part = _tabulate(vectors, base, block[language], block[pivot])
            part["truncated"] = np.tile(cut | base_cut, loaded.layers + 1)
            parts[language].append(part)
    for language in languages:
        yield language, pd.concat(parts.pop(language), ignore_index=True)


def compare_options(vectors: Vectors, pivot: Vectors) -> dict[str, NDArray[np.generic]]:
    """Tell which items are aligned.

    Args:
        vectors: [..., options, hidden] of a language.
        pivot: the same of the pivot.

    Returns:
        aligned, aligned_back, aligned_strict (bool) and margin (float32), each [...].
    """
    one, two = _normalise(vectors), _normalise(pivot)
    between = one @ np.swapaxes(two, -1, -2)
    own = np.diagonal(between, axis1=-2, axis2=-1)
    margin = (own - _without_diagonal(between).max(axis=-1)).min(axis=-1)
    back = (own - _without_diagonal(between).max(axis=-2)).min(axis=-1)
    within = [_without_diagonal(each @ np.swapaxes(each, -1, -2)) for each in (one, two)]
    highest = np.maximum(*[each.max(axis=(-1, -2)) for each in within])
    aligned = margin > TIE_TOLERANCE
    return {
        "aligned": aligned,
        "aligned_back": back > TIE_TOLERANCE,
        "aligned_strict": aligned & (own.min(axis=-1) - highest > TIE_TOLERANCE),
        "margin": margin,
    }


def summarise_layers(table: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Sum the alignment of one language's items up over layers.

    Args:
        table: from `align_languages`.
        first: layer of the range.
        last: layer of the range.

    Returns:
        one row an item: item_id, aligned_range (share of the layers first..last in which it is
        aligned), aligned_middle (1 or 0, in layer (first + last) // 2), centred_range and
        centred_middle (the same of centred vectors), untranslated, repeated.

    Raises:
        Refusal: if the table lacks a layer of the range.
    """
    missing = set(range(first, last + 1)) - set(table["layer"])
    if missing or first > last:
        raise Refusal(
            f"item_alignment has no layers {first}..{last}: it has {table['layer'].min()}.."
            f"{table['layer'].max()}. Set layer_range within them."
        )
    rows = table[table["layer"].between(first, last)]
    found = rows.groupby("item_id", sort=False).agg(
        aligned_range=("aligned", "mean"),
        centred_range=("centred_aligned", "mean"),
        untranslated=("untranslated", "first"),
        repeated=("repeated", "first"),
    )
    middle = table[table["layer"] == (first + last) // 2].set_index("item_id")
    found["aligned_middle"] = middle["aligned"].astype(np.float64)
    found["centred_middle"] = middle["centred_aligned"].astype(np.float64)
    return found.reset_index()


def _in_order(items: Mapping[str, pd.DataFrame], language: str, pivot: str) -> pd.DataFrame:
    table, base = items[language].set_index("item_id"), items[pivot]["item_id"]
    if set(table.index) != set(base) or len(table) != len(base):
        other = sorted(set(table.index) ^ set(base))
        raise Refusal(
            f"The items of {language} are not those of {pivot}: {len(other)} are in one of them "
            f"alone{', the first being ' + str(other[0]) if other else ', and some stand twice'}. "
            "Run the ingestion pipeline again."
        )
    return table.loc[base.to_numpy()].reset_index()


def _embed_options(
    loaded: LoadedModel,
    language: str,
    items: pd.DataFrame,
    reading: OptionReading,
    advance: Callable[[int], None] | None,
) -> tuple[Vectors, NDArray[np.bool_]]:
    """Give the vectors [layers + 1, items, options, hidden] and which items were cut."""
    if reading.passage and "passage" not in items:
        raise Refusal("These items have no passage: set passage to false.")
    before = [*(["passage"] if reading.passage else []), "question"]
    contexts = items[before].agg("\n".join, axis=1)
    sentences = [
        Sentence(language, f"{item}#{option}", f"{context}\n{text}")
        for item, context, *texts in zip(
            items["item_id"], contexts, *(items[option] for option in OPTIONS), strict=True
        )
        for option, text in enumerate(texts, 1)
    ]
    pooled = pool_sentences(
        loaded,
        sentences,
        poolings=(reading.pooling,),
        token_budget=reading.token_budget,
        overlong=reading.overlong,
        advance=advance,
    )[language]
    states = pooled.states[reading.pooling]
    shape = (len(states), len(items), len(OPTIONS), states.shape[-1])
    cut = np.isin([sentence.sentence_id for sentence in sentences], pooled.truncated)
    whole = ~cut.reshape(len(items), len(OPTIONS))
    return states.reshape(shape), np.asarray(~whole.all(axis=1), np.bool_)


def _tabulate(
    vectors: Vectors, base: Vectors, items: pd.DataFrame, pivot_items: pd.DataFrame
) -> pd.DataFrame:
    layers = len(vectors)
    # A layer at a time: the normalised copies are as large as the vectors.
    each = [_compare_both_ways(vectors[layer], base[layer]) for layer in range(layers)]
    found = {name: np.concatenate([one[name] for one in each]) for name in each[0]}
    own, pivot = (
        table[list(OPTIONS)].apply(lambda column: column.str.strip()).to_numpy(str)
        for table in (items, pivot_items)
    )
    repeated = [
        len(set(row)) < len(row) or len(set(other)) < len(other)
        for row, other in zip(own.tolist(), pivot.tolist(), strict=True)
    ]
    return pd.DataFrame(
        {
            "item_id": np.tile(items["item_id"].to_numpy(), layers),
            "layer": np.repeat(np.arange(layers), len(items)),
            **{
                name: values.astype(np.uint8 if values.dtype == bool else np.float32)
                for name, values in found.items()
            },
            "untranslated": np.tile((own == pivot).sum(axis=1).astype(np.uint8), layers),
            "repeated": np.tile(repeated, layers),
        }
    )


def _compare_both_ways(vectors: Vectors, base: Vectors) -> dict[str, NDArray[np.generic]]:
    centred = [each - each.mean(axis=-2, keepdims=True) for each in (vectors, base)]
    found = compare_options(centred[0], centred[1])
    return {
        **compare_options(vectors, base),
        **{f"centred_{name}": values for name, values in found.items()},
    }


def _normalise(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def _without_diagonal(square: Vectors) -> Vectors:
    return np.where(np.eye(square.shape[-1], dtype=bool), np.float32(-np.inf), square)
