"""In which language a text is written, as far as py3langid can tell.

py3langid 0.4 (BSD, model of 139 languages inside the package, nothing is fetched) is a naive Bayes
classifier over byte n-grams (Lui and Baldwin 2011). Of single sentences of FLORES-101 it names the
language right in 98.5 % or more for most languages that it knows; the exceptions are below.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

# Languages that cannot be told apart by a sentence: what is one is taken for each of its group
# (measured on FLORES-101: half of Bosnian and a third of Croatian land in a neighbour, a fifth of
# Malay in Indonesian, a tenth of Chinese in Wu). Scripts are not looked at either: traditional
# characters pass for simplified ones, and Serbian in Latin letters for Serbian.
GROUPS = (
    frozenset({"ar", "ary", "arz"}),
    frozenset({"bs", "hr", "sr"}),
    frozenset({"id", "ms"}),
    frozenset({"ku", "sdh"}),
    frozenset({"nn", "no"}),
    frozenset({"wuu", "yue", "zh"}),
)
# Codes of languages that the identifier knows under another one. It was not trained on Sorani,
# which it takes for Southern Kurdish throughout, nor on these kinds of Arabic.
ALIASES = {
    **dict.fromkeys(("acm", "acq", "aeb", "apc", "ars", "mey"), "ar"),
    "ckb": "sdh",
    "gn": "gug",
    "nb": "no",
    "prs": "fa",
    "quy": "qu",
}


def identify_languages(texts: Sequence[str]) -> list[str]:
    """Name the likeliest language of each text.

    Args:
        texts: a sentence or more each.

    Returns:
        The identifier's codes, mostly ISO 639-1; `zxx` for what is no language.
    """
    identifier = _identifier()
    return [str(identifier.classify(text)[0]) for text in texts]


def accepted_codes(languages: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Say what the identifier may call each language.

    Args:
        languages: language, bcp47, iso_639_3.

    Returns:
        language -> the codes of its group, or its own; empty where the identifier knows neither.
    """
    known = frozenset(_identifier().labels)
    columns = languages.reindex(columns=["language", "bcp47", "iso_639_3"], fill_value="")
    return {
        str(row["language"]): _accepted((str(row["bcp47"]), str(row["iso_639_3"])), known)
        for row in columns.fillna("").to_dict("records")
    }


def _accepted(codes: Sequence[str], known: frozenset[str]) -> frozenset[str]:
    found = [code for code in (*codes, *(ALIASES.get(code, "") for code in codes)) if code in known]
    if not found:
        return frozenset()
    return next((group for group in GROUPS if found[0] in group), frozenset(found[:1]))


def wrong_language_rate(
    texts: Sequence[str], language: str, accepted: Mapping[str, frozenset[str]]
) -> float:
    """Give the share of texts that are in another language than asked for.

    Args:
        texts: empty ones are left out.
        language: that was asked for.
        accepted: of `accepted_codes`.

    Returns:
        NaN if the identifier does not know the language, or if no text is left.
    """
    written = [text for text in texts if text.strip()]
    codes = accepted.get(language, frozenset())
    if not codes or not written:
        return float("nan")
    return sum(code not in codes for code in identify_languages(written)) / len(written)


@cache
def _identifier() -> Any:
    # Not at the start: reading the model takes a second.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)
