import pandas as pd
import pytest

from isogloss.pipelines.cultural.prompt_tables import (
    PromptTableError,
    choose_names,
    read_countries,
    read_templates,
    read_topics,
)
from isogloss.provenance import READ_FROM
from tests.pipelines.cultural.small_prompts import changed, countries, templates, topics


def test_numbers_are_read_and_wording_defaults_to_written() -> None:
    table = read_templates(templates())
    assert table["expected"].tolist() == [10] * 4
    assert set(table["wording"]) == {"written"}
    assert read_topics(topics())["phrasing"].tolist() == [1, 2, 3] * 4


def test_template_without_topic_is_named() -> None:
    table = changed(templates(), 1, text="Nothing to fill.")
    table = changed(table, 2, document="{topic} of {topic}")
    with pytest.raises(PromptTableError) as caught:
        read_templates(table)
    assert "panel in deu: the text holds {topic} 0 times" in str(caught.value)
    assert "letters in eng: the document holds {topic} 2 times" in str(caught.value)


def test_faults_are_told_with_the_file_and_the_row_that_they_were_read_from() -> None:
    table = changed(templates(), 1, text="Nothing to fill.")
    table.index = pd.Index([0, 3, 4, 5])
    table.attrs[READ_FROM] = "mine/templates.csv"
    with pytest.raises(PromptTableError) as caught:
        read_templates(table)
    assert str(caught.value).startswith("mine/templates.csv, row 5, panel in deu: the text holds")
    with pytest.raises(
        PromptTableError, match=r"^mine/templates\.csv has no column document\. Did"
    ):
        read_templates(table.rename(columns={"document": "documents"}))


def test_document_may_be_missing() -> None:
    assert len(read_templates(templates().assign(document=""))) == 4


def test_templates_that_say_the_same_are_named() -> None:
    table = changed(templates(), 0, text="Say ten  things on {topic}.")
    table = changed(table, 2, text=" say Ten things on {topic}. ")
    with pytest.raises(
        PromptTableError,
        match=r"templates\.csv, eng: panel \(row 2\) and letters \(row 4\) have the same text",
    ):
        read_templates(table)


def test_topics_that_say_the_same_are_named() -> None:
    table = changed(topics(), 7, text="F120 1  eng")
    with pytest.raises(
        PromptTableError, match=r"eng: f120 1 \(row 2\) and f121 2 \(row 9\) have the"
    ):
        read_topics(table)


def test_the_same_topic_in_two_languages_is_no_repetition() -> None:
    assert len(read_topics(changed(topics(), 3, text="f120 1 eng"))) == 12


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "", "²"])
def test_phrasing_must_be_a_number(value: str) -> None:
    with pytest.raises(PromptTableError, match="f120 in deu: phrasing is"):
        read_topics(changed(topics(), 4, phrasing=value))


def test_empty_topics_and_repeated_keys_are_refused() -> None:
    with pytest.raises(PromptTableError, match="f120 in eng, phrasing 1: empty"):
        read_topics(changed(topics(), 0, text="  "))
    with pytest.raises(PromptTableError, match="a row above has the same question, language, phr"):
        read_topics(pd.concat([topics(), topics().iloc[:1]]))


def test_missing_columns_and_empty_tables_are_refused() -> None:
    with pytest.raises(PromptTableError, match=r"topics\.csv has no column phrasing, text"):
        read_topics(topics().drop(columns=["phrasing", "text"]))
    with pytest.raises(PromptTableError, match="has no rows"):
        read_topics(topics().iloc[:0])


def test_relations_of_countries_are_checked() -> None:
    table = changed(changed(countries(), 1, relation="yes"), 2, sentence="")
    with pytest.raises(PromptTableError) as caught:
        read_countries(table)
    assert "US in eng: relation is 'yes'; write one of native, official, other" in str(caught.value)
    assert "KE in eng: there is no sentence" in str(caught.value)


def test_names_are_chosen_in_the_order_of_the_table() -> None:
    known = ["b", "a", "b", "c"]
    assert choose_names(("all",), known, "x") == ["b", "a", "c"]
    assert choose_names(("c", "b"), known, "x") == ["b", "c"]
    with pytest.raises(PromptTableError, match=r"x.questions names 'f12'.* Did you mean f120"):
        choose_names(("f12",), ["f120"], "x.questions")
