from __future__ import annotations

from isogloss.counting_prompts import (
    CHAT,
    FEW_SHOT,
    Example,
    Frame,
    Names,
    Part,
    Phrase,
    render_parts,
)
from tests.chat_templates import Template
from tests.pipelines.mediation.word_tables import PHRASES

FIRST = Phrase(PHRASES["first"], ", ")
NAMES = Names("trees", "tree kinds")
EXAMPLE = Example(("oak", "tin"), Names("trees", "trees"), "1")


def frame(phrase: Phrase = FIRST, framing: str = FEW_SHOT, *examples: Example) -> Frame:
    return Frame(phrase, examples, framing)  # type: ignore[arg-type]


def joined(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts)


def test_parts_of_a_list_with_the_category_named_first() -> None:
    parts = render_parts(frame(), ["oak", "tin"], NAMES, None)
    assert parts == (
        Part("text", "Count the "),
        Part("category", "trees"),
        Part("text", " in this list: "),
        Part("item", "oak", 0),
        Part("separator", ", ", 0),
        Part("item", "tin", 1),
        Part("list_end", ".\n"),
        Part("answer_prefix", "Number of "),
        Part("category_again", "tree kinds"),
        Part("answer_prefix", ":"),
    )


def test_category_named_behind_the_list_is_its_first_mention() -> None:
    parts = render_parts(frame(Phrase(PHRASES["last"], ", ")), ["oak"], NAMES, None)
    assert [part.name for part in parts] == [
        "text", "item", "list_end", "answer_prefix", "category", "answer_prefix",
    ]  # fmt: skip


def test_sentence_in_front_of_the_last_clause_is_the_question() -> None:
    phrase = Phrase("List: {list}. How many {counted} are there?\nAnswer:", ", ")
    parts = render_parts(frame(phrase), ["oak", "tin"], NAMES, None)
    assert [(part.name, part.text) for part in parts[4:]] == [
        ("list_end", ". "),
        ("question", "How many "),
        ("category", "trees"),
        ("question", " are there?\n"),
        ("answer_prefix", "Answer:"),
    ]


def test_examples_come_first_with_their_answers() -> None:
    parts = render_parts(frame(FIRST, FEW_SHOT, EXAMPLE, EXAMPLE), ["oak"], NAMES, None)
    assert parts[0].name == "shot"
    one = "Count the trees in this list: oak, tin.\nNumber of trees: 1\n\n"
    assert parts[0].text == one + one
    assert joined(parts[1:]) == "Count the trees in this list: oak.\nNumber of tree kinds:"


def test_nothing_stands_between_full_width_signs_and_the_answer() -> None:
    assert FIRST.joiner == " "
    assert Phrase("数一数{list}。{number_of}的数量：", "、").joiner == ""


def test_chinese_ends_its_list_with_its_own_stop() -> None:
    phrase = Phrase("数一数这个列表中的{counted}：{list}。\n{number_of}的数量：", "、")
    parts = render_parts(frame(phrase), ["狗", "锡"], Names("动物", "动物"), None)
    assert [(part.name, part.text) for part in parts[6:]] == [
        ("list_end", "。\n"),
        ("category_again", "动物"),
        ("answer_prefix", "的数量："),
    ]


def test_chat_has_the_answer_prefix_in_the_turn_of_the_model() -> None:
    parts = render_parts(frame(FIRST, CHAT, EXAMPLE), ["oak", "tin"], NAMES, Template())
    assert joined(parts) == (
        "<s><user>Count the trees in this list: oak, tin.</turn>"
        "<assistant>Number of trees: 1</turn>"
        "<user>Count the trees in this list: oak, tin.</turn>"
        "<assistant>Number of tree kinds:"
    )
    assert [part.name for part in parts] == [
        "shot", "text", "category", "text", "item", "separator", "item", "list_end",
        "template", "answer_prefix", "category_again", "answer_prefix",
    ]  # fmt: skip
    assert parts[8].text == "</turn><assistant>"
