"""Parallel sentences from raw texts: equal lengths, stripped, duplicates dropped everywhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.ingestion.lines import CorpusError, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from isogloss.corpora import RawCorpus

STRIPPED = "outer blanks stripped"
DUPLICATE = "duplicate"
DROPPED = "dropped from every language"


@dataclass(frozen=True)
class LanguageText:
    """The sentences of one language, in corpus order.

    Attributes:
        language: our code.
        ids: number of each sentence in the corpus.
        sentences: without outer blanks.
        stripped: how many had outer blanks.
        places: file and line number of each sentence.
    """

    language: str
    ids: list[int]
    sentences: list[str]
    stripped: int
    places: list[tuple[str, int]]


def read_language(corpus: RawCorpus, language: str, code: str) -> LanguageText:
    """Read all splits of one language.

    Raises:
        CorpusError: a line that cannot be used.
    """
    ids: list[int] = []
    sentences: list[str] = []
    places: list[tuple[str, int]] = []
    for split, first in corpus.first_ids.items():
        text = corpus.texts[code].get(split)
        if text is None:
            continue
        lines = read_lines(text.name, text.read())
        ids += range(first, first + len(lines))
        sentences += lines
        places += [(text.name, number) for number in range(1, len(lines) + 1)]
    stripped = [sentence.strip() for sentence in sentences]
    changed = sum(old != new for old, new in zip(sentences, stripped, strict=True))
    return LanguageText(language, ids, stripped, changed, places)


def require_equal_ids(texts: Mapping[str, LanguageText]) -> None:
    """Refuse languages that do not have the same lines as the majority.

    Raises:
        CorpusError: names each such language with its number of lines.
    """
    shapes = Counter(tuple(text.ids) for text in texts.values())
    (common, _), *others = shapes.most_common()
    if not others:
        return
    odd = [
        f"'{text.language}' ({text.places[0][0]}) has {len(text.ids)}"
        for text in texts.values()
        if tuple(text.ids) != common
    ]
    raise CorpusError(
        f"The files are not line-aligned: most languages have {len(common)} lines, but "
        f"{', '.join(odd)}. Every file needs one line a sentence, the same sentences in the same "
        "order, in every split."
    )


def absent_splits(corpus: RawCorpus, codes: Iterable[str]) -> dict[str, str]:
    """Name the splits that none of the languages has, with the ids that are absent so.

    Args:
        corpus: raw texts by file code and split.
        codes: file codes of the languages that are read.

    Returns:
        split -> its ids in words, for example `0 to 996`.
    """
    present = {split for code in codes for split in corpus.texts[code]}
    starts = sorted(corpus.first_ids.values())
    absent = {}
    for split, first in corpus.first_ids.items():
        if split not in present:
            later = [start for start in starts if start > first]
            absent[split] = f"{first} to {later[0] - 1}" if later else f"from {first} on"
    return absent


def find_duplicates(text: LanguageText) -> list[list[int]]:
    """Find the positions of sentences that occur more than once in a language."""
    positions: dict[str, list[int]] = {}
    for position, sentence in enumerate(text.sentences):
        positions.setdefault(sentence, []).append(position)
    return [found for found in positions.values() if len(found) > 1]


def refuse_duplicates(texts: Mapping[str, LanguageText]) -> None:
    """Refuse a corpus in which any language repeats a sentence.

    Raises:
        CorpusError: names all such lines.
    """
    if repeated := [
        describe_places(text, positions)
        for text in texts.values()
        for positions in find_duplicates(text)
    ]:
        raise CorpusError(
            f"{'; '.join(repeated)}: the same sentence. A repeated sentence can never be told from "
            "its copy. Correct it, or set ingestion.strict=false to drop it in every language."
        )


def describe_places(text: LanguageText, positions: Iterable[int]) -> str:
    """Say where sentences are, for example `dev/kam.dev, lines 3 and 17`."""
    lines: dict[str, list[str]] = {}
    for file, line in (text.places[position] for position in positions):
        lines.setdefault(file, []).append(str(line))
    return " and ".join(
        f"{file}, line{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}"
        for file, numbers in lines.items()
    )


def tabulate(
    texts: Mapping[str, LanguageText],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the table of parallel sentences and the report of what was changed or dropped.

    Sentences that are repeated in any language are dropped from every language.

    Returns:
        parallel_sentences: language, sentence_id, text.
        corpus_report: language, issue, count, sentence_ids (blank-separated), places (file and
            lines).
    """
    dropped: set[int] = set()
    report: list[tuple[str, str, int, str, str]] = []
    for text in texts.values():
        for positions in find_duplicates(text):
            ids = [text.ids[position] for position in positions]
            dropped.update(ids)
            places = describe_places(text, positions)
            report.append((text.language, DUPLICATE, len(ids), _join(ids), places))
        if text.stripped:
            report.append((text.language, STRIPPED, text.stripped, "", ""))
    if dropped:
        report.append(("all", DROPPED, len(dropped), _join(sorted(dropped)), ""))
    rows = [
        (text.language, str(identifier), sentence)
        for text in texts.values()
        for identifier, sentence in zip(text.ids, text.sentences, strict=True)
        if identifier not in dropped
    ]
    return (
        pd.DataFrame(rows, columns=["language", "sentence_id", "text"]),
        pd.DataFrame(report, columns=["language", "issue", "count", "sentence_ids", "places"]),
    )


def _join(identifiers: list[int]) -> str:
    return " ".join(str(identifier) for identifier in identifiers)
