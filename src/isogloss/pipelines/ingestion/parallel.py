"""Parallel sentences from raw texts: equal lengths, stripped, duplicates dropped everywhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.ingestion.lines import CorpusError, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.corpora import RawCorpus

STRIPPED = "outer blanks stripped"


@dataclass(frozen=True)
class LanguageText:
    """The sentences of one language, in corpus order.

    Attributes:
        language: our code.
        ids: number of each sentence in the corpus.
        sentences: without outer blanks.
        stripped: how many had outer blanks.
        places: file and line of each sentence.
    """

    language: str
    ids: list[int]
    sentences: list[str]
    stripped: int
    places: list[str]


def read_language(corpus: RawCorpus, language: str, code: str) -> LanguageText:
    """Read all splits of one language.

    Raises:
        CorpusError: a line that cannot be used.
    """
    ids: list[int] = []
    sentences: list[str] = []
    places: list[str] = []
    for split, first in corpus.first_ids.items():
        text = corpus.texts[code].get(split)
        if text is None:
            continue
        lines = read_lines(text.name, text.read())
        ids += range(first, first + len(lines))
        sentences += lines
        places += [f"{text.name}, line {number}" for number in range(1, len(lines) + 1)]
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
        f"'{text.language}' ({text.places[0].rpartition(', ')[0]}) has {len(text.ids)}"
        for text in texts.values()
        if tuple(text.ids) != common
    ]
    raise CorpusError(
        f"The files are not line-aligned: most languages have {len(common)} lines, but "
        f"{', '.join(odd)}. Every file needs one line a sentence, the same sentences in the same "
        "order, in every split."
    )


def find_duplicates(text: LanguageText) -> dict[str, list[int]]:
    """Find sentences that occur more than once in a language: sentence -> positions."""
    positions: dict[str, list[int]] = {}
    for position, sentence in enumerate(text.sentences):
        positions.setdefault(sentence, []).append(position)
    return {sentence: found for sentence, found in positions.items() if len(found) > 1}


def refuse_duplicates(texts: Mapping[str, LanguageText]) -> None:
    """Refuse a corpus in which any language repeats a sentence.

    Raises:
        CorpusError: names the first such pair of lines.
    """
    for text in texts.values():
        for positions in find_duplicates(text).values():
            first, second, *_ = (text.places[position] for position in positions)
            raise CorpusError(
                f"{second}: the same sentence as in {first}. A repeated sentence can never be told "
                "from its copy. Correct it, or set ingestion.strict=false to drop both everywhere."
            )


def tabulate(
    texts: Mapping[str, LanguageText],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the table of parallel sentences and the report of what was changed or dropped.

    Sentences that are repeated in any language are dropped from every language.

    Returns:
        parallel_sentences: language, sentence_id, text.
        corpus_report: language, issue, count, sentence_ids (blank-separated).
    """
    dropped: set[int] = set()
    report = []
    for text in texts.values():
        repeated = sorted(
            text.ids[position]
            for positions in find_duplicates(text).values()
            for position in positions
        )
        dropped.update(repeated)
        if repeated:
            report.append((text.language, "duplicate", len(repeated), _join(repeated)))
        if text.stripped:
            report.append((text.language, STRIPPED, text.stripped, ""))
    if dropped:
        report.append(("all", "dropped from every language", len(dropped), _join(sorted(dropped))))
    rows = [
        (text.language, str(identifier), sentence)
        for text in texts.values()
        for identifier, sentence in zip(text.ids, text.sentences, strict=True)
        if identifier not in dropped
    ]
    return (
        pd.DataFrame(rows, columns=["language", "sentence_id", "text"]),
        pd.DataFrame(report, columns=["language", "issue", "count", "sentence_ids"]),
    )


def _join(identifiers: list[int]) -> str:
    return " ".join(str(identifier) for identifier in identifiers)
