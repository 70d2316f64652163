import pytest

from isogloss.pipelines.cultural.prompt_texts import (
    fault_of_template,
    fill_template,
    identify_prompt,
)

TEMPLATE = "On “{topic}”.\n{country}\nWrite ten."


def test_topic_is_put_in_as_it_is() -> None:
    assert fill_template("a {topic} b", "{x} {topic} {country} %s") == (
        "a {x} {topic} {country} %s b"
    )


def test_line_of_the_country_is_filled_or_left_out() -> None:
    assert fill_template(TEMPLATE, "tea", "They live in {X}.") == (
        "On “tea”.\nThey live in {X}.\nWrite ten."
    )
    assert fill_template(TEMPLATE, "tea") == "On “tea”.\nWrite ten."


def test_sentence_that_spells_a_placeholder_is_not_filled_again() -> None:
    filled = fill_template("{topic}\n{country}\nx", "{country}", "All in {topic}.")
    assert filled == "{country}\nAll in {topic}.\nx"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("no topic", "0 times"),
        ("{topic} and {topic}", "2 times"),
        ("{topic} by {person}", "{person}"),
        ("{topic} in {country}\nx", "line of its own"),
        ("{topic}\n{country}", "not the last"),
        ("{topic}\n{country}\n{country}\nx", "at most once"),
        (TEMPLATE, ""),
        ("{topic}", ""),
    ],
)
def test_faults_of_placeholders(text: str, fault: str) -> None:
    found = fault_of_template(text)
    assert fault in found
    assert bool(fault) == bool(found)


def test_identifier_depends_on_everything_and_on_no_order() -> None:
    prompt = {"question": "f120", "text": "a"}
    identifier = identify_prompt(prompt)
    assert len(identifier) == 16
    assert int(identifier, 16) >= 0
    assert identify_prompt({"text": "a", "question": "f120"}) == identifier
    assert identify_prompt({**prompt, "text": "b"}) != identifier
