from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from isogloss.counting_prompts import (
    CHAT,
    FEW_SHOT,
    Example,
    Frame,
    Framing,
    Names,
    Phrase,
    choose_framing,
    read_names,
    read_phrases,
    render_parts,
    render_text,
    render_turns,
)
from isogloss.errors import Refusal
from tests.chat_templates import Template

FIRST = Phrase("Count the {counted} in this list: {list}. Number of {number_of}:", ", ")
LAST = Phrase("Read this list: {list}. Count the {counted} in it. Number of {number_of}:", ", ")
CHINESE = Phrase("请数一数下面列表中的{counted}：{list}。{number_of}的数量：", "、")
TREES = Names("trees", "tree kinds")
EXAMPLE = Example(("oak", "tin"), Names("metals", "metals"), "1")


def frame(phrase: Phrase, framing: Framing, *examples: Example) -> Frame:
    return Frame(phrase, examples, framing)


def test_base_models_read_examples_one_after_another() -> None:
    text = render_text(frame(FIRST, FEW_SHOT, EXAMPLE), ["elm", "cat"], TREES, None)
    assert text == (
        "Count the metals in this list: oak, tin. Number of metals: 1\n\n"
        "Count the trees in this list: elm, cat. Number of tree kinds:"
    )


def test_chinese_has_no_blank_before_the_answer() -> None:
    example = Example(("狗",), Names("动物", "动物"), "1")
    text = render_text(frame(CHINESE, FEW_SHOT, example), ["猫", "锡"], example.names, None)
    assert text == (
        "请数一数下面列表中的动物：狗。动物的数量：1\n\n请数一数下面列表中的动物：猫、锡。动物的数量："
    )


def test_conversation_has_the_answer_prefix_in_the_turn_of_the_model() -> None:
    text = render_text(frame(FIRST, CHAT, EXAMPLE), ["elm", "cat"], TREES, Template())
    assert text == (
        "<s><user>Count the metals in this list: oak, tin.</turn>"
        "<assistant>Number of metals: 1</turn>"
        "<user>Count the trees in this list: elm, cat.</turn>"
        "<assistant>Number of tree kinds:"
    )


@pytest.mark.parametrize("phrase", [FIRST, LAST, CHINESE])
@pytest.mark.parametrize("framing", [FEW_SHOT, CHAT])
def test_every_item_is_a_part_of_its_own(phrase: Phrase, framing: Framing) -> None:
    parts = render_parts(frame(phrase, framing, EXAMPLE), ["elm", "cat", "tin"], TREES, Template())
    items = [(part.text, part.item) for part in parts if part.name == "item"]
    assert items == [("elm", 0), ("cat", 1), ("tin", 2)]


def test_turns_end_with_the_beginning_of_the_answer() -> None:
    turns = render_turns(frame(LAST, CHAT), ["elm"], TREES)
    assert turns == [
        {"role": "user", "content": "Read this list: elm. Count the trees in it."},
        {"role": "assistant", "content": "Number of tree kinds:"},
    ]


def test_template_that_changes_messages_is_refused() -> None:
    class Shouting:
        def apply_chat_template(self, messages: list[dict[str, str]], **_: object) -> str:
            return "".join(message["content"].upper() for message in messages)

    with pytest.raises(Refusal, match=r"mediation_pairs.framing\) to few_shot"):
        render_parts(frame(FIRST, CHAT), ["oak"], TREES, Shouting())


def test_framing_follows_the_template_unless_told_otherwise() -> None:
    base, tuned = SimpleNamespace(chat_template=None), SimpleNamespace(chat_template="x")
    assert choose_framing(base, "auto", "here") == FEW_SHOT
    assert choose_framing(tuned, "auto", "here") == CHAT
    assert choose_framing(tuned, FEW_SHOT, "here") == FEW_SHOT
    with pytest.raises(Refusal, match="base model. Set here to few_shot or auto"):
        choose_framing(base, CHAT, "here")


def test_phrases_and_names_are_those_of_the_language() -> None:
    phrases = pd.DataFrame(
        {
            "language": ["eng", "eng", "deu"],
            "position": ["first", "last", "first"],
            "text": [FIRST.text, LAST.text, "x"],
            "separator": [", "] * 3,
        }
    )
    assert read_phrases(phrases, "eng") == {"first": FIRST, "last": LAST}
    names = pd.DataFrame(
        {
            "category": ["trees", "trees"],
            "language": ["deu", "eng"],
            "counted": ["Bäume", "trees"],
            "number_of": ["Bäume", "tree kinds"],
        }
    )
    assert read_names(names, "eng") == {"trees": TREES}
