from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from pandera.errors import SchemaError, SchemaErrors

from isogloss.datasets import TypologyDataset
from isogloss.intent_schemas import Intents, IntentsReport, Locales

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "data/01_raw/reference"
# The locales of MASSIVE 1.1, each with the code under which URIEL has data.
MASSIVE = """
af-ZA afr | am-ET amh | ar-SA ara | az-AZ aze | bn-BD ben | ca-ES cat | cy-GB cym | da-DK dan
de-DE deu | el-GR ell | en-US eng | es-ES spa | fa-IR fas | fi-FI fin | fr-FR fra | he-IL heb
hi-IN hin | hu-HU hun | hy-AM hye | id-ID ind | is-IS isl | it-IT ita | ja-JP jpn | jv-ID jav
ka-GE kat | km-KH khm | kn-IN kan | ko-KR kor | lv-LV lav | ml-IN mal | mn-MN mon | ms-MY msa
my-MM mya | nb-NO nob | nl-NL nld | pl-PL pol | pt-PT por | ro-RO ron | ru-RU rus | sl-SL slv
sq-AL sqi | sv-SE swe | sw-KE swa | ta-IN tam | te-IN tel | th-TH tha | tl-PH tgl | tr-TR tur
ur-PK urd | vi-VN vie | zh-CN zho | zh-TW zho
"""
XSID = (
    "ar-SA bar-IT da-DK de-DE en-US gsw-CH id-ID it-IT ja-JP kk-KZ lt-LT nap-IT nl-NL sr-RS tr-TR "
    "zh-CN"
)


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name, dtype=str, keep_default_na=False)


def test_every_locale_of_massive_and_xsid_is_listed() -> None:
    locales = Locales.validate(reference("locales.csv"))
    words = MASSIVE.replace("|", " ").split()
    codes = dict(zip(words[::2], words[1::2], strict=True))
    assert len(codes) == 52
    listed = locales[locales["massive"] == "true"]
    assert dict(zip(listed["locale"], listed["lang2vec"], strict=True)) == codes
    assert set(locales.loc[locales["xsid"] == "true", "locale"]) == set(XSID.split())


def test_the_languages_of_the_locales_are_listed_with_the_same_script() -> None:
    locales, languages = reference("locales.csv"), reference("languages.csv")
    known = languages.set_index("language").loc[locales["language"]]
    assert known["script"].tolist() == locales["script"].tolist()
    assert known["iso_639_3"].tolist() == locales["iso_639_3"].tolist()


def test_something_is_known_of_the_syntax_of_every_locale() -> None:
    # Its data are read, not the package itself, which recent setuptools keep from being imported.
    if not find_spec("lang2vec"):
        pytest.skip("the package lang2vec is not installed")
    vectors = TypologyDataset().load()["syntax"]()
    known = {code for code, row in zip(vectors.codes, vectors.values, strict=True) if row.any()}
    assert set(reference("locales.csv")["lang2vec"]) <= known


def test_the_export_of_the_hub_is_read_for_every_locale_of_massive() -> None:
    catalog = yaml.safe_load((ROOT / "conf/base/catalog/intents.yml").read_text(encoding="utf-8"))
    locales = reference("locales.csv")
    assert catalog["hub_intents"]["folders"] == list(
        locales.loc[locales["massive"] == "true", "locale"]
    )


def intents(**changed: Any) -> pd.DataFrame:
    columns = {
        "locale": ["de-DE", "de-DE"],
        "partition": ["train", "test"],
        "item_id": ["0", "1"],
        "scenario": ["alarm", "alarm"],
        "intent": ["alarm_set", "alarm_set"],
        "text": ["weck mich", "weck mich"],
        "seen_in_train": [False, True],
    }
    return pd.DataFrame({**columns, **changed})


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("partition", ["train", "validation"]),
        ("text", ["weck mich", ""]),
        ("item_id", ["0", "0"]),
        ("item_id", [0, 1]),
        ("seen_in_train", ["no", "yes"]),
        ("utt", ["weck mich", "weck mich"]),
    ],
)
def test_a_table_of_intents_is_checked(column: str, values: list[Any]) -> None:
    Intents.validate(intents())
    with pytest.raises((SchemaError, SchemaErrors), match=column):
        Intents.validate(intents(**{column: values}))


def test_a_count_is_no_more_than_what_it_is_a_part_of() -> None:
    report = pd.DataFrame(
        {"locale": ["all"], "what": ["intents"], "n": [59], "of": [60], "detail": [""]}
    )
    IntentsReport.validate(report)
    with pytest.raises(SchemaError, match="more are counted than there are"):
        IntentsReport.validate(report.assign(n=61))
    with pytest.raises(SchemaError, match="unique"):
        IntentsReport.validate(pd.concat([report, report], ignore_index=True))
