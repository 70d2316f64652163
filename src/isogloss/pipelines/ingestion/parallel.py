"""Parallel sentences from raw texts: equal lengths, stripped, duplicates dropped everywhere."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from isogloss.errors import join_faults
from isogloss.pipelines.ingestion.lines import CorpusError, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from isogloss.corpora import RawCorpus

FAULTS_SHOWN = 10
FILES_SHOWN = 5
COPIED_SHARE = 0.5

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


class _File(NamedTuple):
    """A file and its number of lines."""

    name: str
    lines: int


NO_FILE = _File("", 0)


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


def read_languages(corpus: RawCorpus, files: Mapping[str, str]) -> dict[str, LanguageText]:
    """Read all splits of all languages.

    Args:
        corpus: raw texts by file code and split.
        files: language -> file code.

    Raises:
        CorpusError: names the faults of all files, up to a number of files.
    """
    texts: dict[str, LanguageText] = {}
    faults: list[str] = []
    for language, code in files.items():
        try:
            texts[language] = read_language(corpus, language, code)
        except CorpusError as error:
            faults.append(str(error))
    if faults:
        raise CorpusError(join_faults(faults, FAULTS_SHOWN, "more languages have faults."))
    return texts


def require_equal_ids(texts: Mapping[str, LanguageText]) -> None:
    """Refuse languages that do not have the same lines.

    Raises:
        CorpusError: gives the numbers of lines of all files, and the command that shows the first
            file that differs from most beside another.
    """
    shapes = Counter(tuple(text.ids) for text in texts.values())
    (common, _), *others = shapes.most_common()
    if not others:
        return
    usual = next(text for text in texts.values() if tuple(text.ids) == common)
    odd = next(text for text in texts.values() if tuple(text.ids) != common)
    files = next(
        files
        for _, files in sorted(_files_by_start(texts.values()).items())
        if files.get(usual.language, NO_FILE).lines != files.get(odd.language, NO_FILE).lines
    )
    names: dict[int, list[str]] = {}
    for file in files.values():
        names.setdefault(file.lines, []).append(file.name)
    raise CorpusError(
        "The files do not have the same number of lines. Every file needs one line a sentence, "
        "the same sentences in the same order, in every split. Lines:\n"
        + "".join(f"  {lines} in {_name_some(found)}\n" for lines, found in names.items())
        + _how_to_look(usual.language, odd.language, files)
    )


def _files_by_start(texts: Iterable[LanguageText]) -> dict[int, dict[str, _File]]:
    """Give for each split, by the id of its first line, the file of every language that has one."""
    found: dict[int, dict[str, _File]] = {}
    for text in texts:
        lines = Counter(file for file, _ in text.places)
        for identifier, (file, line) in zip(text.ids, text.places, strict=True):
            if line == 1:
                found.setdefault(identifier, {})[text.language] = _File(file, lines[file])
    return found


def _how_to_look(usual: str, odd: str, files: Mapping[str, _File]) -> str:
    """Say how to find where the file of a language leaves that of another."""
    for language, other in ((usual, odd), (odd, usual)):
        if language not in files:
            return f"'{language}' has no file beside {files[other].name} of '{other}'."
    paths = " ".join(shlex.quote(files[language].name) for language in (usual, odd))
    return f"See where '{odd}' leaves '{usual}': paste {paths} | cat -n | less -S"


def _name_some(names: list[str]) -> str:
    more = len(names) - FILES_SHOWN
    return ", ".join(names[:FILES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def find_copies(texts: Mapping[str, LanguageText]) -> list[tuple[str, str, float]]:
    """Find languages whose lines are mostly the same: one may be a copied file.

    Args:
        texts: of languages with the same ids.

    Returns:
        first and second language and the share of lines that are equal in both, at least one half;
        the largest first.
    """
    equal: Counter[tuple[str, str]] = Counter()
    for row in zip(*(text.sentences for text in texts.values()), strict=True):
        languages: dict[str, list[str]] = {}
        for language, sentence in zip(texts, row, strict=True):
            languages.setdefault(sentence, []).append(language)
        for same in languages.values():
            equal.update(combinations(same, 2))
    shares = [(*pair, count / len(texts[pair[0]].ids)) for pair, count in equal.most_common()]
    return [found for found in shares if found[2] >= COPIED_SHARE]


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
