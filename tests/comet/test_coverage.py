from __future__ import annotations

import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.comet_coverage import ENCODERS, choose_encoder, find_coverage
from tests.sessions import ROOT

REFERENCE = ROOT / "data" / "01_raw" / "reference"
LANGUAGES = pd.read_csv(REFERENCE / "languages.csv", dtype=str, keep_default_na=False)
ENCODER_LANGUAGES = pd.read_csv(REFERENCE / "encoder_languages.csv", dtype=str)


@pytest.mark.parametrize(
    ("encoder", "covered", "uncovered"),
    [
        # zho is one row in each script; Arabic dialects, Sorani and Nynorsk are not in CC-100
        (
            "xlm_roberta",
            ["eng", "deu", "swh", "ara", "zho_simpl", "zho_trad", "azj", "nob", "bre_Latn"],
            ["yor", "ibo", "acm_Arab", "ckb", "nno_Latn", "azb_Arab", "srp_Latn", "hat_Latn"],
        ),
        ("afro_xlmr", ["yor", "ibo", "zul", "eng", "ara"], ["deu", "fin", "ewe_Latn"]),
    ],
)
def test_a_language_is_covered_in_the_scripts_that_the_encoder_has_seen(
    encoder: str, covered: list[str], uncovered: list[str]
) -> None:
    found = find_coverage([*covered, *uncovered], LANGUAGES, ENCODER_LANGUAGES, encoder)
    assert found == dict.fromkeys(covered, True) | dict.fromkeys(uncovered, False)


def test_what_nobody_knows_is_neither_covered_nor_uncovered() -> None:
    assert find_coverage(["deu"], LANGUAGES, ENCODER_LANGUAGES, None) == {"deu": None}
    found = find_coverage(["xyz", "eng"], LANGUAGES, ENCODER_LANGUAGES, "xlm_roberta")
    assert found == {"xyz": None, "eng": True}


def test_the_table_holds_the_hundred_languages_of_xlm_r() -> None:
    rows = ENCODER_LANGUAGES[ENCODER_LANGUAGES["encoder"] == "xlm_roberta"]
    romanised = rows["code"].str.endswith("_rom")
    # the hundredth, Burmese in Zawgyi, is the same language in the same script
    assert (len(rows), romanised.sum()) == (99, 5)
    assert not ENCODER_LANGUAGES.duplicated(["encoder", "iso_639_3", "script"]).any()


def test_the_encoder_is_that_of_the_checkpoint_unless_another_is_named() -> None:
    def choose(wanted: str, pretrained: str) -> str | None:
        return choose_encoder(wanted, pretrained, ENCODER_LANGUAGES)

    assert choose("auto", "xlm-roberta-large") == "xlm_roberta"
    assert choose("auto", "Davlan/afro-xlmr-large") == "afro_xlmr"
    assert choose("auto", "/my/encoder") is None
    assert choose("xlm_roberta", "/my/encoder") == "xlm_roberta"
    assert set(ENCODERS.values()) == set(ENCODER_LANGUAGES["encoder"])
    with pytest.raises(Refusal, match=r"'xlm_robert'.*Did you mean xlm_roberta\?"):
        choose("xlm_robert", "")
