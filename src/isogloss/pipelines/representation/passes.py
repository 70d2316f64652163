"""Passes of a model over languages: opened when the first is asked for, closed after the last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from isogloss.corpora import Sentence
from isogloss.language_models.batching import encode_sentences
from isogloss.language_models.hidden_states import PooledSentences, pool_sentences
from isogloss.language_models.information import measure_information
from isogloss.partitions import portions
from isogloss.progress import progress
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.representation.parameters import RepresentationParameters

T = TypeVar("T")
Corpus = Mapping[str, Sequence[Sentence]]
Read = Callable[["LoadedModel", Sequence[Sentence], Callable[[int], None]], dict[str, T]]


def embed_languages(
    lm: LanguageModel,
    corpus: Corpus,
    parameters: RepresentationParameters,
    languages: Sequence[str],
) -> Iterator[tuple[str, TensorTable]]:
    """Yield the pooled hidden states of languages, a group at a time."""

    def read(
        loaded: LoadedModel, sentences: Sequence[Sentence], advance: Callable[[int], None]
    ) -> dict[str, TensorTable]:
        pooled = pool_sentences(
            loaded,
            sentences,
            poolings=parameters.poolings,
            include_special_tokens=parameters.include_special_tokens,
            token_budget=parameters.token_budget,
            overlong=parameters.overlong,
            advance=advance,
        )
        return {
            language: _tensor_table(states, loaded.final_norm)
            for language, states in pooled.items()
        }

    return _by_groups(f"{lm.name}: embedding", lm, corpus, parameters, languages, read)


def measure_languages(
    lm: LanguageModel,
    corpus: Corpus,
    parameters: RepresentationParameters,
    languages: Sequence[str],
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the information of every sentence of languages, a group at a time."""

    def read(
        loaded: LoadedModel, sentences: Sequence[Sentence], advance: Callable[[int], None]
    ) -> dict[str, pd.DataFrame]:
        table = measure_information(
            loaded,
            sentences,
            token_budget=parameters.token_budget,
            overlong=parameters.overlong,
            advance=advance,
        )
        return {
            str(language): rows.drop(columns="language").reset_index(drop=True)
            for language, rows in table.groupby("language", sort=False)
        }

    return _by_groups(f"{lm.name}: information", lm, corpus, parameters, languages, read)


def _by_groups(
    title: str,
    lm: LanguageModel,
    corpus: Corpus,
    parameters: RepresentationParameters,
    languages: Sequence[str],
    read: Read[T],
) -> Iterator[tuple[str, T]]:
    wanted = [sentence for language in languages for sentence in corpus[language]]
    with (
        lm.open() as loaded,
        progress(
            title,
            len(languages),
            work_total=_count_tokens(loaded, wanted, parameters),
        ) as report,
    ):
        for group in portions(languages, parameters.group_size):
            sentences = [sentence for language in group for sentence in corpus[language]]
            results = read(loaded, sentences, report.worked)
            for language in group:
                yield language, results.pop(language)
                report.finished()


def _count_tokens(
    loaded: LoadedModel, sentences: Sequence[Sentence], parameters: RepresentationParameters
) -> int:
    encoded = encode_sentences(loaded.tokenizer, sentences, loaded.max_length, parameters.overlong)
    return sum(len(sentence.ids) for sentence in encoded)


def _tensor_table(pooled: PooledSentences, final_norm: bool) -> TensorTable:
    return TensorTable(
        tensors=dict(pooled.states),
        metadata={
            "sentence_ids": json.dumps(pooled.sentence_ids),
            "final_norm": json.dumps(final_norm),
            "truncated": json.dumps(pooled.truncated),
        },
    )
