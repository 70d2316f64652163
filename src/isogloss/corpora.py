"""Parallel texts and test items: as they lie in their sources, and as models read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from isogloss.errors import Refusal
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True)
class RawText:
    """One line-aligned text in one language.

    Attributes:
        name: what to call it in an error message, for example `devtest/deu.devtest`.
        read: gives its bytes.
    """

    name: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True)
class RawCorpus:
    """Texts that are translations of each other, line by line.

    Attributes:
        origin: the folder or hub name, for error messages.
        naming: how a file is named, for error messages, for example `{split}/{language}.{split}`.
        first_ids: split -> number of its first line among the sentences of the whole corpus.
        texts: code as the source writes it -> split -> text.
    """

    origin: str
    naming: str
    first_ids: Mapping[str, int]
    texts: Mapping[str, Mapping[str, RawText]]


class RawItem(NamedTuple):
    """One test item as its source holds it.

    Attributes:
        place: where it lies, for error messages: file and line, or data set and row.
        fields: name -> value; rows of CSV files without names have them under `cells`.
    """

    place: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class RawItems:
    """Test items in several languages or locales, read only when asked for.

    Attributes:
        origin: the folder or hub name, for error messages.
        read: code of the language or locale as the source writes it -> function that reads its
            items.
    """

    origin: str
    read: Mapping[str, Callable[[], list[RawItem]]]


class Sentence(NamedTuple):
    """A sentence to be read by a model."""

    language: str
    sentence_id: str
    text: str


def select_sentences(
    parallel_sentences: pd.DataFrame, sentence_samples: pd.DataFrame
) -> dict[str, list[Sentence]]:
    """Give every language the sentences that occur in any sample, each once, in order of their ids.

    Ids of digits alone are ordered as numbers.

    Args:
        parallel_sentences: language, sentence_id, text.
        sentence_samples: sample, sentence_id.

    Returns:
        language -> its sentences; the same ids in the same order for all languages.

    Raises:
        Refusal: if a language lacks a sampled sentence or has it twice.
    """
    ids = sorted(
        set(sentence_samples["sentence_id"]), key=lambda identifier: (len(identifier), identifier)
    )
    wanted = set(ids)
    rows = parallel_sentences[parallel_sentences["sentence_id"].isin(wanted)]
    selected: dict[str, list[Sentence]] = {}
    for language, group in rows.groupby("language", sort=True):
        texts = dict(zip(group["sentence_id"], group["text"], strict=True))
        _require_each_once(str(language), texts, len(group), ids)
        selected[str(language)] = [
            Sentence(str(language), identifier, texts[identifier]) for identifier in ids
        ]
    absent = sorted(set(parallel_sentences["language"]) - set(selected))
    if absent:
        raise Refusal(f"parallel_sentences has no sampled sentence of {', '.join(absent)}.")
    return selected


def _require_each_once(
    language: str, texts: Mapping[str, str], rows: int, ids: Sequence[str]
) -> None:
    missing = [identifier for identifier in ids if identifier not in texts]
    if missing:
        raise Refusal(
            f"parallel_sentences lacks {len(missing)} sampled sentences of {language}, the first "
            f"being {missing[0]}. Run the ingestion pipeline again."
        )
    if rows != len(texts):
        raise Refusal(f"parallel_sentences holds a sentence of {language} more than once.")


def text_fingerprint(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Give what tells one language's sentences from others: a digest of their ids and texts."""
    return {"texts": digest([[sentence.sentence_id, sentence.text] for sentence in sentences])}
