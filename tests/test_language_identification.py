from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from isogloss.language_identification import (
    accepted_codes,
    identify_languages,
    wrong_language_rate,
)

TEXTS = {
    "eng": "The old bridge over the river was closed last winter.",
    "deu": "Die alte Brücke über den Fluss wurde letzten Winter gesperrt.",
    "swh": "Daraja la zamani lililo juu ya mto lilifungwa.",
    "zho_simpl": "河上的那座老桥去年冬天被关闭了，因为它的木制支柱已经开始腐烂。",
}


@pytest.fixture(scope="module")
def accepted(root: Path) -> dict[str, frozenset[str]]:
    path = root / "data" / "01_raw" / "reference" / "languages.csv"
    return accepted_codes(pd.read_csv(path, dtype=str, keep_default_na=False))


def test_sentences_are_identified() -> None:
    assert identify_languages(list(TEXTS.values())) == ["en", "de", "sw", "zh"]


@pytest.mark.parametrize(
    ("language", "codes"),
    [
        ("deu", {"de"}),
        ("swh", {"sw"}),
        ("npi", {"ne"}),  # by its BCP 47 code
        ("ful", {"fuv"}),  # by its ISO 639-3 code
        ("nob", {"no", "nn"}),
        ("nno_Latn", {"no", "nn"}),
        ("bos", {"bs", "hr", "sr"}),
        ("srp", {"bs", "hr", "sr"}),
        ("msa", {"id", "ms"}),
        ("zho_trad", {"zh", "wuu", "yue"}),
        ("apc_Arab", {"ar", "ary", "arz"}),
        ("ckb", {"ku", "sdh"}),
        ("prs_Arab", {"fa"}),
        ("luo", set()),
        ("ceb", set()),
    ],
)
def test_languages_accept_the_codes_of_their_group(
    language: str, codes: set[str], accepted: dict[str, frozenset[str]]
) -> None:
    assert accepted[language] == codes


def test_what_is_not_in_the_language_asked_for_counts(
    accepted: dict[str, frozenset[str]],
) -> None:
    texts = [TEXTS["deu"], TEXTS["eng"], "", "  ", "12 34 567 89"]
    assert wrong_language_rate(texts, "deu", accepted) == pytest.approx(2 / 3)
    assert wrong_language_rate([TEXTS["zho_simpl"]], "zho_trad", accepted) == 0


def test_nothing_is_said_of_unknown_languages_or_of_no_text(
    accepted: dict[str, frozenset[str]],
) -> None:
    assert math.isnan(wrong_language_rate([TEXTS["deu"]], "luo", accepted))
    assert math.isnan(wrong_language_rate([TEXTS["deu"]], "xxx", accepted))
    assert math.isnan(wrong_language_rate(["", " "], "deu", accepted))


def test_a_table_may_lack_codes() -> None:
    table = pd.DataFrame({"language": ["deu", "xxx"], "iso_639_3": ["deu", None]})
    assert accepted_codes(table) == {"deu": frozenset(), "xxx": frozenset()}


@pytest.mark.slow
def test_references_of_flores_are_nearly_all_in_their_language(
    flores101: Path, accepted: dict[str, frozenset[str]]
) -> None:
    rates = {}
    for path in sorted((flores101 / "devtest").glob("*.devtest")):
        language = path.name.partition(".")[0]
        texts = path.read_text(encoding="utf-8").splitlines()[:60]
        rates[language] = wrong_language_rate(texts, language, accepted)
    known = pd.Series(rates).dropna()
    assert len(known) == 92
    assert known.mean() < 0.01
    assert known.max() < 0.15
