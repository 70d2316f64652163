from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.counting_prompts import (
    CHAT,
    FEW_SHOT,
    Example,
    Frame,
    Names,
    Phrase,
    render_parts,
)
from isogloss.pipelines.mediation.roles import name_roles
from isogloss.pipelines.mediation.tokens import single_token_answers
from tests.pipelines.mediation.word_tables import PHRASES

NAMES = Names("trees", "trees")
WORDS = ("oak", "hammer", "tin", "maple", "cat")
GEMMA = Path(__file__).parents[3] / "data" / "06_models" / "gemma_270m_q4"


def roles_of(
    tokenizer: Any,
    words: tuple[str, ...],
    place: int,
    other: int = -1,
    framing: str = FEW_SHOT,
    phrase: Phrase | None = None,
) -> list[tuple[str, str]]:
    """Give the text of each token of the last item with its role; blanks are taken off."""
    example = Example(("oak", "tin"), NAMES, "1")
    frame = Frame(phrase or Phrase(PHRASES["first"], ", "), (example,), framing)  # type: ignore[arg-type]
    parts = render_parts(frame, words, NAMES, tokenizer)
    text = "".join(part.text for part in parts)
    digits = tuple("0123456789")
    found = single_token_answers(
        tokenizer, text, frame.phrase.joiner, digits, framed=framing == CHAT
    )
    assert found.reason == ""
    names = name_roles(parts, found.prompt, place, other)
    assert len(names) == len(found.prompt.ids)
    return [
        (text[a:b].strip(), name) for (a, b), name in zip(found.prompt.spans, names, strict=True)
    ]


def by_role(named: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text, role in named:
        found[role] = found.get(role, "") + text
    return found


@pytest.mark.parametrize("kind", ["byte_level", "sentence_piece"])
def test_every_token_has_the_role_of_its_characters(
    tokenizers: Callable[..., Any], kind: str
) -> None:
    found = by_role(roles_of(tokenizers(kind), WORDS, 2))
    assert found["instruction"].replace(" ", "") == "Counttheinthislist:"
    assert found["category"] == "trees"
    assert found["item_-2"] == "oak"
    assert found["separator_-2"] == ","
    assert found["item_-1_part"] + found["item_-1"] == "hammer" if "item_-1_part" in found else True
    assert found["swapped_last"].endswith("n")
    assert found["swapped_separator"] == ","
    assert found["item_+2"].endswith("t")
    assert "separator_+2" not in found, "nothing but the end of the list follows the last item"
    assert found["list_end"] == "."
    assert found["category_again"] == "trees"
    assert "Number" in found["answer_prefix"]


def test_last_token_is_final_be_it_a_colon_or_a_blank(tokenizers: Callable[..., Any]) -> None:
    assert roles_of(tokenizers("byte_level"), WORDS, 2)[-1] == (":", "final")
    piece = roles_of(tokenizers("sentence_piece"), WORDS, 2)
    assert piece[-1] == ("", "final")
    assert piece[-2] == (":", "answer_prefix")
    assert piece[0] == ("", "template"), "<s> is no part of the text"


def test_subtokens_of_words_are_told_apart(tokenizers: Callable[..., Any]) -> None:
    named = roles_of(tokenizers("byte_level"), ("oak", "xylophone", "quizzes"), 1)
    swapped = [(text, role) for text, role in named if role.startswith("swapped_")]
    assert [role for _, role in swapped] == [
        "swapped_first",
        *["swapped_middle"] * (len(swapped) - 4),
        "swapped_last",
        "swapped_separator",
        "swapped_separator",
    ]
    assert "".join(text for text, _ in swapped[:-2]) == "xylophone"
    later = [role for _, role in named if role.startswith("item_+1")]
    assert later == ["item_+1_part"] * (len(later) - 1) + ["item_+1"]
    assert len(later) > 1


def test_items_between_two_that_change_places_are_a_gap(tokenizers: Callable[..., Any]) -> None:
    words = ("oak", "iron", "gold", "maple", "silver", "copper", "zinc")
    found = by_role(roles_of(tokenizers("byte_level"), words, 1, 4))
    assert found["item_-1"] == "oak"
    assert found["gap_1"] == "gold"
    assert found["gap_2"] == "maple"
    assert found["gap_separator_2"] == ","
    assert found["other_last"] == "silver"
    assert found["other_separator"] == ","
    assert found["item_+1"] == "copper"
    assert found["item_+2"] == "zinc"


@pytest.mark.parametrize("kind", ["byte_level", "sentence_piece"])
def test_chat_markup_is_the_templates(tokenizers: Callable[..., Any], kind: str) -> None:
    named = roles_of(tokenizers(kind, chat=True), WORDS, 2, framing=CHAT)
    markup = "".join(text for text, role in named if role == "template")
    assert markup == "</turn><turn>assistant", "between the list and the answer"
    assert by_role(named)["swapped_last"].endswith("n")


@pytest.mark.parametrize("kind", ["byte_level", "sentence_piece"])
def test_scripts_without_blanks_are_read_byte_by_byte(
    tokenizers: Callable[..., Any], kind: str
) -> None:
    phrase = Phrase("数一数{counted}：{list}。\n{number_of}的数量：", "、")
    named = roles_of(tokenizers(kind), ("狗", "猞猁", "锡"), 1, phrase=phrase)
    roles = [role for _, role in named]
    assert roles.count("swapped_last") == 1
    assert roles.index("item_-1") < roles.index("swapped_first") < roles.index("swapped_last")
    assert roles.index("swapped_last") < roles.index("item_+1") < roles.index("list_end")
    assert {"separator_-1", "swapped_separator"} <= set(roles)


@pytest.mark.real_model
def test_gemma_names_single_words_by_their_tokens() -> None:
    from transformers import AutoTokenizer

    if not GEMMA.exists():
        pytest.skip("the converted model is not here")
    tokenizer: Any = AutoTokenizer
    named = roles_of(tokenizer.from_pretrained(str(GEMMA)), ("dog", "rose", "lynx", "tin"), 2)
    own = named[next(at for at, (_, role) in enumerate(named) if role == "instruction") :]
    assert own[2:] == [
        ("trees", "category"),
        ("in", "instruction"),
        ("this", "instruction"),
        ("list", "instruction"),
        (":", "instruction"),
        ("dog", "item_-2"),
        (",", "separator_-2"),
        ("rose", "item_-1"),
        (",", "separator_-1"),
        ("lyn", "swapped_first"),
        ("x", "swapped_last"),
        (",", "swapped_separator"),
        ("tin", "item_+1"),
        (".", "list_end"),
        ("", "list_end"),
        ("Number", "answer_prefix"),
        ("of", "answer_prefix"),
        ("trees", "category_again"),
        (":", "answer_prefix"),
        ("", "final"),
    ]
