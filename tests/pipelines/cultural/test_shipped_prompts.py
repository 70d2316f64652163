"""The shipped tables: complete, consistent, in the right script and with its punctuation."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from isogloss.language_identification import accepted_codes, identify_languages
from isogloss.pipelines.cultural.closed_questions import read_closed_questions
from isogloss.pipelines.cultural.label_accuracy import read_labelled_statements
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.stance_tables import read_stances, read_words
from isogloss.pipelines.cultural.survey_questions import read_questions
from isogloss.response_schemas import SurveyPrompts
from tests.conftest import real_data
from tests.pipelines.cultural.small_prompts import read_reference, read_shipped

LANGUAGES = ["eng", "deu", "spa", "fra", "rus", "tur", "swh", "zho_simpl"]
QUESTIONS = [
    *("c001_01", "d026_03", "d059", "e035", "e069_02", "e069_04", "e069_13", "e117"),
    *("e235", "e290", "f028", "f116", "f120", "f121", "h010"),
]
TEXT_COLUMNS = {
    "templates": ["text", "document"],
    "topics": ["text"],
    "statements": ["pro", "con"],
    "closed_questions": ["text", "options"],
    "countries": ["sentence"],
    "answer_words": ["answer", "summary"],
    "labelled_statements": ["text"],
}
SCRIPT = {"rus": "CYRILLIC", "zho_simpl": "CJK"}
QUOTES = {
    "eng": "“”",
    "deu": "„“",
    "spa": "«»",
    "fra": "«»",
    "rus": "«»",
    "tur": "“”",
    "swh": "“”",
    "zho_simpl": "“”",
}
# Full stop, comma, colon, question mark, brackets, exclamation mark, in their narrow forms.
NARROW = re.compile(r"[,:;?!()]|\.(?!$)")


def texts(language: str) -> list[str]:
    found = []
    for name, columns in TEXT_COLUMNS.items():
        table = read_shipped(name)
        own = table[table["language"] == language]
        found += [text for column in columns for text in own[column]]
    return [re.sub(r"\{(topic|country)\}", "", text) for text in found]


def test_every_question_has_three_phrasings_in_every_language() -> None:
    prompts = make_prompts(
        read_shipped("templates"),
        read_shipped("topics"),
        read_shipped("countries"),
        SurveyPromptParameters(countries=("none", "congruent", "incongruent")),
    )
    SurveyPrompts.validate(prompts)
    plain = prompts[prompts["country"] == ""]
    counts = plain.groupby(["question", "language"]).size().unstack()
    assert sorted(counts.index) == QUESTIONS
    assert sorted(counts.columns) == sorted(LANGUAGES)
    assert (counts == 9).all(axis=None)
    assert plain["template"].nunique() == 3
    assert set(plain["expected"]) == {10}
    assert plain["document"].str.endswith("\n\n1.").all()


def test_every_table_has_every_question_and_language() -> None:
    survey = read_questions(read_reference("survey_questions"))
    closed = read_closed_questions(read_shipped("closed_questions"), survey)
    assert [(one.question, one.language) for one in closed] == [
        (question, language) for question in QUESTIONS for language in LANGUAGES
    ]
    needed = [(question, language) for question in QUESTIONS for language in LANGUAGES]
    assert list(read_stances(read_shipped("statements"), needed)) == needed
    for column in ("answer", "summary"):
        assert list(read_words(read_shipped("answer_words"), column, LANGUAGES)) == LANGUAGES
    countries = read_shipped("countries").groupby("country")["language"].apply(list)
    assert all(found == LANGUAGES for found in countries)


def test_codes_are_those_of_the_survey() -> None:
    survey = read_questions(read_reference("survey_questions"))
    for one in read_closed_questions(read_shipped("closed_questions"), survey):
        known = survey[one.question]
        assert (one.codes[0], one.codes[-1]) == (known.lowest, known.highest)
        # Of attendance, code 5 (other holy days) was not offered in these waves.
        assert set(known.codes) - set(one.codes) == ({5} if one.question == "f028" else set())
        assert known.has_score


def test_labelled_statements_are_balanced() -> None:
    table = read_shipped("labelled_statements")
    known, _ = read_labelled_statements(table)
    assert len(known) == 288
    counts = table.groupby(["question", "language", "stance"]).size()
    assert counts.eq(2).all()
    assert len(counts) == 6 * 8 * 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_of_the_script_of_the_language(language: str) -> None:
    foreign = set()
    for letter in set("".join(texts(language))):
        if letter.isalpha() and SCRIPT.get(language, "LATIN") not in unicodedata.name(letter):
            foreign.add(letter)
    assert foreign == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_typography(language: str) -> None:
    quotes = list(QUOTES[language])
    for text in texts(language):
        assert unicodedata.normalize("NFC", text) == text
        assert text == text.strip(), text
        assert "  " not in text, text
        assert '"' not in text and "'" not in text and "..." not in text, text
        marks = [one for one in text if one in "“”„«»"]
        assert marks == quotes * (len(marks) // 2), text
        assert not re.search(r"\s[.,]", text), text


def test_chinese_punctuation_is_wide() -> None:
    for text in texts("zho_simpl"):
        # Numbers of lists and codes of answers stay narrow.
        bare = re.sub(r"\d+(\.|=)", "", text)
        assert not NARROW.search(bare), text
        assert " " not in bare, text


def test_french_punctuation_keeps_its_distance() -> None:
    for text in texts("fra"):
        assert not re.search(r"[^\u00a0][:;?!»]", text), text
        assert not re.search(r"«[^\u00a0]", text), text


def test_spanish_questions_are_opened() -> None:
    for text in texts("spa"):
        assert text.count("¿") == text.count("?"), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_their_language(language: str) -> None:
    table = read_shipped("templates")
    found = identify_languages(list(table.loc[table["language"] == language, "text"]))
    languages = pd.read_csv(
        Path(__file__).parents[3] / "data/01_raw/reference/languages.csv",
        dtype=str,
        keep_default_na=False,
    )
    assert set(found) <= accepted_codes(languages)[language]


def test_nothing_is_taken_over_from_the_published_study() -> None:
    folder = real_data("cultural")
    published = set()
    for phrasings in json.loads((folder / "topic_variations_en.json").read_text()).values():
        published |= {_plain(one) for one in phrasings}
    for pair in json.loads((folder / "stance_labels.json").read_text()).values():
        published |= {_plain(one) for one in pair}
    prompts = pd.read_csv(folder / "clean_english_prompts.csv", keep_default_na=False)
    published |= {_plain(one) for one in prompts["prompt"]}
    own = {_plain(text) for text in texts("eng") if len(text.split()) >= 4}
    assert own & published == set()


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()
