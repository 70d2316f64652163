"""Which file belongs to which language: codes of corpora, and what to say of unknown ones."""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING

from isogloss.errors import suggest
from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

logger = logging.getLogger(__name__)

SHORT = "bcp47"
ALIAS_COLUMNS = ("flores200", "flores_plus", "ntrex", SHORT)
ITEM_COLUMNS = ("belebele", "m_mmlu")


def code_aliases(languages: pd.DataFrame, column: str) -> dict[str, str]:
    """Map the codes that a corpus may use to our language codes.

    Args:
        languages: the table `languages`.
        column: `auto` for the alias columns of sentences (our own code first), `items` for those of
            test items before them, or a single column. Of BCP 47, in which `zh` is more than one of
            our codes, only what means a single one is taken.
    """
    columns = {
        "auto": ("language", *ALIAS_COLUMNS),
        "items": ("language", *ITEM_COLUMNS, *ALIAS_COLUMNS),
    }.get(column, (column,))
    shared = shared_codes(languages)
    aliases: dict[str, str] = {}
    for name in columns:
        for codes, language in zip(languages[name], languages["language"], strict=True):
            for code in codes.split():
                if name != SHORT or code not in shared:
                    aliases.setdefault(code, language)
    return aliases


def shared_codes(languages: pd.DataFrame) -> dict[str, list[str]]:
    """Give the BCP 47 codes that stand for more than one of our codes, with these."""
    ours: dict[str, list[str]] = {}
    for code, language in zip(languages[SHORT], languages["language"], strict=True):
        ours.setdefault(code, []).append(language)
    return {code: found for code, found in ours.items() if code and len(found) > 1}


def find_files(
    file_codes: Collection[str],
    wanted: Sequence[str] | None,
    languages: pd.DataFrame,
    column: str,
) -> dict[str, str]:
    """Find the file code of every language asked for.

    Args:
        file_codes: the codes that the corpus has files for.
        wanted: language codes, ours or the corpus's; None for all.
        languages: the table `languages`.
        column: see `code_aliases`.

    Returns:
        language -> file code, in the order asked for.

    Raises:
        CorpusError: a language without a file (with the nearest names), two files for one, or a
            code that stands for several languages.
    """
    aliases = code_aliases(languages, column)
    known = set(languages["language"])
    found, problems = _match_files(file_codes, wanted, languages, column, aliases)
    if problems:
        raise CorpusError("\n".join(problems))
    _check_unlisted([language for language in found if language not in known], languages)
    return found


def _match_files(
    file_codes: Collection[str],
    wanted: Sequence[str] | None,
    languages: pd.DataFrame,
    column: str,
    aliases: Mapping[str, str],
) -> tuple[dict[str, str], list[str]]:
    """Give language -> file code, and what to say of every language that has none."""
    remedy = (
        "Remove one of them."
        if column == "items"
        else "Say how the files are named with --params ingestion.code_column=COLUMN."
    )
    files = _by_language(file_codes, aliases, remedy)
    known = set(languages["language"])
    found: dict[str, str] = {}
    problems: list[str] = []
    for code in sorted(files) if wanted is None else wanted:
        language = code if code in files else aliases.get(code, code)
        if language in files:
            found[language] = files[language]
        else:
            problems.append(_no_file_message(code, language in known, files, languages))
    return found, problems


def find_language_problems(
    file_codes: Collection[str],
    wanted: Sequence[str] | None,
    pivot: str,
    languages: pd.DataFrame,
    column: str,
) -> list[tuple[str, str]]:
    """Say what `find_files` would refuse, and whether the pivot is among the languages.

    Args:
        file_codes: the codes that the corpus has files for.
        wanted: language codes, ours or the corpus's; None for all.
        pivot: language that others are compared with.
        languages: the table `languages`.
        column: see `code_aliases`.

    Returns:
        The setting, `languages` or `pivot`, and the words, for each fault.
    """
    aliases = code_aliases(languages, column)
    found, problems = _match_files(file_codes, wanted, languages, column, aliases)
    faults = [("languages", f"languages: {problem}") for problem in problems]
    if pivot not in found:
        faults.append(("pivot", describe_absent_pivot(pivot, found, languages, column)))
    return faults


def describe_absent_pivot(
    pivot: str, found: Collection[str], languages: pd.DataFrame, column: str
) -> str:
    """Say that a pivot is not among the languages, and which is nearest.

    Args:
        pivot: as the settings have it.
        found: the languages of the study.
        languages: the table `languages`.
        column: see `code_aliases`.
    """
    ours = code_aliases(languages, column).get(pivot)
    names = dict(zip(languages["name"].str.lower(), languages["language"], strict=True))
    called = ours if ours in found else names.get(pivot.lower())
    return (
        f"The pivot language '{pivot}' is not among the languages ({' '.join(found)})."
        f"{'' if called in found else suggest(pivot, found)} "
        + (
            f"It is called '{called}' here (--params pivot={called})."
            if called in found
            else "Add it to `languages`, or choose another with --params pivot=CODE."
        )
    )


def _check_unlisted(unlisted: Sequence[str], languages: pd.DataFrame) -> None:
    """Refuse codes that stand for several languages; warn of those that no list has."""
    shared = shared_codes(languages)
    if problems := [
        f"'{code}' can be {' or '.join(shared[code])}" for code in unlisted if code in shared
    ]:
        raise CorpusError(
            f"The file names leave open which language is meant: {'; '.join(problems)}. Rename "
            "these files to one of these codes."
        )
    for language in unlisted:
        logger.warning(
            "The language code '%s' is in no list; its family is shown as 'unlisted'. "
            "Add it to data/01_raw/reference/languages.csv.",
            language,
        )


def _by_language(
    file_codes: Collection[str], aliases: Mapping[str, str], remedy: str
) -> dict[str, str]:
    files: dict[str, str] = {}
    for code in sorted(file_codes):
        language = aliases.get(code, code)
        if language in files:
            raise CorpusError(
                f"Two files are there for the language '{language}': '{files[language]}' and "
                f"'{code}'. {remedy}"
            )
        files[language] = code
    return files


def _no_file_message(
    code: str, is_known: bool, files: Mapping[str, str], languages: pd.DataFrame
) -> str:
    names = dict(zip(languages["name"].str.lower(), languages["language"], strict=True))
    candidates = [*files, *(name for name, language in names.items() if language in files)]
    close = difflib.get_close_matches(code.lower(), candidates, n=3, cutoff=0.5)
    nearest = list(dict.fromkeys(names.get(match, match) for match in close))
    hint = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
    what = "The corpus has no file for the language" if is_known else "Unknown language code"
    return f"{what} '{code}'.{hint} The corpus has: {' '.join(sorted(files))}."
