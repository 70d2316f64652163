"""In which language of this project somebody was interviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.errors import Refusal, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

UNKNOWN = ""
"""The language of somebody of whom it is not known."""
_ALIASES = ("language", "wvs", "bcp47", "iso_639_3")
# ISO 639-2 as the joint EVS/WVS file writes it when the language is in no list of its own.
_OTHER = {"oth", "other"}


class SurveyLanguageError(Refusal):
    """A language code is mapped to a language that does not exist; says which and the nearest."""


class LanguageNames:
    """Finds the language of this project behind a code of a survey.

    Args:
        languages: the table of known languages.
        special: code, or code-COUNTRY -> language, which come before everything else.

    Raises:
        SurveyLanguageError: if `special` names a language that the table does not have.
    """

    def __init__(self, languages: pd.DataFrame, special: Mapping[str, str]) -> None:
        known = set(languages["language"])
        for code, language in special.items():
            if language not in known:
                raise SurveyLanguageError(
                    f"survey.language_codes maps {code} to '{language}', which "
                    f"data/01_raw/reference/languages.csv does not have.{suggest(language, known)}"
                )
        self._special = {code.lower(): language for code, language in special.items()}
        self._known = known
        self._aliases = _unambiguous(languages)

    def find(self, code: str, country: str) -> str:
        """Give the language of interviews in a country.

        Args:
            code: as the survey writes it; codes that begin with `-` stand for no answer.
            country: code of the country.

        Returns:
            a language of the table; the code itself if there is none; `UNKNOWN` for no answer.
        """
        plain = code.strip().lower()
        if not plain or plain.startswith("-") or plain in _OTHER:
            return UNKNOWN
        for key in (f"{plain}-{country.lower()}", plain):
            if key in self._special:
                return self._special[key]
        return self._aliases.get(plain, code.strip())

    def knows(self, language: str) -> bool:
        """Say whether the table of languages has a language."""
        return language in self._known


def _unambiguous(languages: pd.DataFrame) -> dict[str, str]:
    """Map the codes of each language.

    Of the languages that share a code, the only one that is not told apart by its script is meant
    (`hin`, not `hin_Latn`); codes that are still ambiguous are left out.
    """
    aliases: dict[str, str] = {}
    for column in _ALIASES:
        found: dict[str, set[str]] = {}
        for code, language in zip(languages[column], languages["language"], strict=True):
            for word in str(code).split():
                found.setdefault(word.lower(), set()).add(language)
        for code, meant in found.items():
            plain = [language for language in meant if "_" not in language]
            candidates = plain if len(meant) > 1 else list(meant)
            if len(candidates) == 1:
                aliases.setdefault(code, candidates[0])
    return aliases
