"""Lists in words: what is asked, examples before it, and which part of the text is what.

The frame around a list is the same text wherever models are asked to count.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

Framing = Literal["few_shot", "chat"]
FEW_SHOT: Framing = "few_shot"
CHAT: Framing = "chat"

LIST = "{list}"
CATEGORY_FIELDS = ("{counted}", "{number_of}")
BETWEEN_EXAMPLES = "\n\n"
_FIELDS = re.compile(r"(\{list\}|\{counted\}|\{number_of\})")
_SENTENCE_END = re.compile(r"[.?!。？！\n]\s*")
_WIDE = "WF"


@dataclass(frozen=True)
class Part:
    """A stretch of a prompt.

    Attributes:
        name: `text`, `category`, `item`, `separator`, `list_end`, `question`, `answer_prefix`,
            `shot` or `template` (what a chat template puts in).
        text: of the stretch.
        item: number of the item, also of the one in front of a separator; -1 elsewhere.
    """

    name: str
    text: str
    item: int = -1


@dataclass(frozen=True)
class Phrase:
    """How one thing is asked for in one language.

    Attributes:
        text: with `{list}`, and `{counted}` or `{number_of}` where the category is named; it ends
            in what the answer follows.
        separator: between items.
    """

    text: str
    separator: str

    @property
    def joiner(self) -> str:
        """What stands between the phrase and the answer: nothing behind a full-width sign."""
        return "" if unicodedata.east_asian_width(self.text[-1]) in _WIDE else " "


@dataclass(frozen=True)
class Names:
    """What a category is called: in `{counted}` and in `{number_of}`."""

    counted: str = ""
    number_of: str = ""


@dataclass(frozen=True)
class Example:
    """A list with its answer, shown before the one that is asked about."""

    words: tuple[str, ...]
    names: Names
    answer: str


@dataclass(frozen=True)
class Frame:
    """Everything around a list.

    Attributes:
        phrase: how is asked.
        examples: shown first.
        framing: `few_shot`: one text after another; `chat`: turns of a conversation, the last of
            which the model has begun with the answer prefix.
    """

    phrase: Phrase
    examples: tuple[Example, ...]
    framing: Framing


def choose_framing(tokenizer: Any, wanted: Framing | Literal["auto"], setting: str) -> Framing:
    """Say whether lists are put into a chat template.

    Args:
        tokenizer: of the model.
        wanted: `auto` takes the template where there is one.
        setting: name of the parameter, for the message.

    Raises:
        Refusal: if a template is asked for and there is none.
    """
    has_template = bool(tokenizer.chat_template)
    if wanted == "auto":
        return CHAT if has_template else FEW_SHOT
    if wanted == CHAT and not has_template:
        raise Refusal(
            f"The model has no chat template: it is a base model. Set {setting} to few_shot or "
            "auto."
        )
    return wanted


def read_phrases(phrases: pd.DataFrame, language: str) -> dict[str, Phrase]:
    """Give the phrases of a language, by where they name the category: `first` or `last`.

    Args:
        phrases: `counting_phrases`: language, position, text, separator.
        language: code.
    """
    own = phrases[phrases["language"] == language]
    return {
        str(position): Phrase(text, separator)
        for position, text, separator in zip(
            own["position"], own["text"], own["separator"], strict=True
        )
    }


def read_names(names: pd.DataFrame, language: str) -> dict[str, Names]:
    """Give what the categories are called in a language.

    Args:
        names: `category_names`: category, language, counted, number_of.
        language: code.
    """
    own = names[names["language"] == language]
    return {
        str(category): Names(counted, number_of)
        for category, counted, number_of in zip(
            own["category"], own["counted"], own["number_of"], strict=True
        )
    }


def render_parts(
    frame: Frame, words: Sequence[str], names: Names, tokenizer: Any
) -> tuple[Part, ...]:
    """Put a list into words, up to where its answer begins.

    Args:
        frame: what stands around the list.
        words: of the list.
        names: of the category that is asked for.
        tokenizer: its chat template is used for `chat`.

    Returns:
        the parts of the text in order.

    Raises:
        Refusal: if a chat template does not show the text of its messages as they are.
    """
    if frame.framing == CHAT:
        return _converse(frame, words, names, tokenizer)
    own = tuple(_item_parts(frame.phrase, words, names))
    shown = "".join(
        _join(_item_parts(frame.phrase, one.words, one.names))
        + frame.phrase.joiner
        + one.answer
        + BETWEEN_EXAMPLES
        for one in frame.examples
    )
    return (Part("shot", shown), *own) if shown else own


def render_text(frame: Frame, words: Sequence[str], names: Names, tokenizer: Any) -> str:
    """Put a list into words as one text; see `render_parts`."""
    return _join(render_parts(frame, words, names, tokenizer))


def _join(parts: Iterable[Part]) -> str:
    return "".join(part.text for part in parts)


def _item_parts(phrase: Phrase, words: Sequence[str], names: Names) -> Iterator[Part]:
    head, _, tail = phrase.text.partition(LIST)
    named = False
    for piece in _FIELDS.split(head):
        if piece in CATEGORY_FIELDS:
            named = True
            yield Part("category", _name(piece, names))
        elif piece:
            yield Part("text", piece)
    for place, word in enumerate(words):
        yield Part("item", word, place)
        if place < len(words) - 1:
            yield Part("separator", phrase.separator, place)
    yield from _tail_parts(tail, names, named)


def _tail_parts(tail: str, names: Names, named: bool) -> Iterator[Part]:
    """Split what follows the list: its end, a question, and the last clause, the answer prefix."""
    end = re.match(r"\W*", tail.partition("{")[0])
    closing = end.group() if end else ""
    if closing:
        yield Part("list_end", closing)
    rest = tail[len(closing) :]
    ends = [match.end() for match in _SENTENCE_END.finditer(rest) if match.end() < len(rest)]
    split = ends[-1] if ends else 0
    for name, text in (("question", rest[:split]), ("answer_prefix", rest[split:])):
        for piece in _FIELDS.split(text):
            if piece in CATEGORY_FIELDS:
                yield Part("category_again" if named else "category", _name(piece, names))
                named = True
            elif piece:
                yield Part(name, piece)


def _name(placeholder: str, names: Names) -> str:
    return names.counted if placeholder == CATEGORY_FIELDS[0] else names.number_of


def render_turns(frame: Frame, words: Sequence[str], names: Names) -> list[dict[str, str]]:
    """Put examples and list into the turns of a conversation, the last of which is begun.

    Args:
        frame: what stands around the list.
        words: of the list.
        names: of the category that is asked for.

    Returns:
        messages with `role` (user or assistant) and `content`; the last one is the answer prefix,
        which the model is to go on with.
    """
    messages = []
    for one in frame.examples:
        asked, prefix = _turns(tuple(_item_parts(frame.phrase, one.words, one.names)))
        answer = _join(prefix) + frame.phrase.joiner + one.answer
        messages += [_message("user", _join(asked).rstrip()), _message("assistant", answer)]
    asked, prefix = _turns(tuple(_item_parts(frame.phrase, words, names)))
    return [
        *messages,
        _message("user", _join(asked).rstrip()),
        _message("assistant", _join(prefix)),
    ]


def _converse(frame: Frame, words: Sequence[str], names: Names, tokenizer: Any) -> tuple[Part, ...]:
    messages = render_turns(frame, words, names)
    asked, prefix = _turns(tuple(_item_parts(frame.phrase, words, names)))
    text = str(tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True))
    start = text.rfind(messages[-2]["content"])
    after = start + len(messages[-2]["content"])
    if start < 0 or not text.endswith(messages[-1]["content"]):
        raise Refusal(
            "The chat template does not show messages as they are, so that the words of a list "
            "cannot be found in it. Set the framing (counting_benchmark.framing, "
            "mediation_pairs.framing) to few_shot."
        )
    between = text[after : len(text) - len(messages[-1]["content"])]
    return (
        Part("shot" if frame.examples else "template", text[:start]),
        *_strip_end(asked),
        Part("template", between),
        *prefix,
    )


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _turns(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Split the parts of an item into the user's turn and the beginning of the answer."""
    first = next(
        place
        for place in reversed(range(len(parts)))
        if parts[place].name not in ("answer_prefix", "category_again", "category")
    )
    return parts[: first + 1], parts[first + 1 :]


def _strip_end(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    last = Part(parts[-1].name, parts[-1].text.rstrip(), parts[-1].item)
    return (*parts[:-1], last) if last.text else parts[:-1]
