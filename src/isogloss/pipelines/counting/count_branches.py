"""Which token sequences are a number, and which only begin like one."""

from __future__ import annotations

import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
    from isogloss.pipelines.counting.count_questions import Form

STOPS = ("\n", "\n\n", ".", ",", "。", "，")
"""What ends an answer, beside the tokens that end a text: so 1 is told from the beginning of 10."""
_OTHER = -1
"""Stands for any number that is no candidate."""
Tokens = tuple[int, ...]


class Text(NamedTuple):
    """A way to write a number, and perhaps what ends it.

    Attributes:
        number: that it is.
        text: as written.
        closed: whether a token that ends texts is to follow.
        open: whether anything may follow but what makes another number of it.
        scored: whether the number is a candidate; else it is only taken off others.
    """

    number: int
    text: str
    closed: bool = False
    open: bool = False
    scored: bool = True


class Branch(NamedTuple):
    """Tokens whose probability is added to that of a number (sign 1), or taken off (-1)."""

    number: int
    tokens: Tokens
    sign: int


def list_texts(forms: Sequence[Form], parameters: BenchmarkParameters) -> list[Text]:
    """List the texts of all candidates, each with what ends it.

    With `stops` at `every`, every form is followed by each of `STOPS`, or by the end of the text.
    With `needed`, that goes for words for one alone, which are articles in many languages. All
    others are open; numerals beyond the largest candidate, and all digits followed by one more
    digit, are listed to be taken off.

    Args:
        forms: of all numbers that are known in the language.
        parameters: the largest candidate, kinds of forms, stops.
    """
    texts = []
    for form in forms:
        if form.kind not in parameters.forms:
            continue
        scored = form.number <= parameters.largest
        article = form.kind == "word" and form.number == 1
        if parameters.stops == "needed" and not article:
            texts.append(Text(form.number, form.text, open=True, scored=scored))
        elif scored:
            texts.append(Text(form.number, form.text, closed=True))
            texts += [Text(form.number, form.text + stop) for stop in STOPS]
    texts += _go_on_in_digits(texts)
    begun = [one.text for one in texts if one.open and one.scored]
    return [one for one in texts if one.scored or any(map(one.text.startswith, begun))]


def _go_on_in_digits(texts: Sequence[Text]) -> list[Text]:
    """Give every open number in digits with one more digit, whatever number that is."""
    known = {one.text for one in texts}
    longer = {
        one.text + chr(zero + digit): None
        for one in texts
        if one.open and one.scored and one.text.isdecimal()
        for zero in [ord(one.text[-1]) - unicodedata.decimal(one.text[-1])]
        for digit in range(10)
    }
    return [Text(_OTHER, text, open=True, scored=False) for text in longer if text not in known]


def list_branches(
    texts: Sequence[Text], continuations: Sequence[Tokens], ends: Iterable[int]
) -> list[Branch]:
    """List the token sequences that make up the probability of each number.

    A closed text is followed by one of several tokens. Where the tokens of one text of a number
    begin those of another (one line break, two), the shorter one is both. Off an open text, all
    that go on to another number are taken.

    Args:
        texts: ways to write numbers.
        continuations: tokens of each text.
        ends: tokens that end a text.

    Raises:
        Refusal: if two numbers cannot be told apart.
    """
    closing = sorted(ends)
    listed = [
        (one, whole)
        for one, tokens in zip(texts, continuations, strict=True)
        for whole in ([(*tokens, end) for end in closing] if one.closed else [tokens])
    ]
    listed.sort(key=lambda pair: len(pair[1]))
    owners: dict[Tokens, Text] = {}
    branches = []
    for one, tokens in listed:
        begun = [(own, owners[own]) for own in _beginnings(tokens) if own in owners]
        _require_told_apart(one, tokens, begun)
        if all(other.number != one.number for _, other in begun):
            owners[tokens] = one
            if one.scored:
                branches.append(Branch(one.number, tokens, 1))
    return branches + _list_taken_off(owners)


def _require_told_apart(one: Text, tokens: Tokens, begun: Sequence[tuple[Tokens, Text]]) -> None:
    for own, other in begun:
        if other.number != one.number and not (other.open and one.open and own != tokens):
            raise Refusal(
                f"The answers {other.number} and {one.number} cannot be told apart by their "
                "tokens. Look for forms in numerals.csv of word_tables one of which is the other, "
                "or the other with a stop."
            )


def _list_taken_off(owners: Mapping[Tokens, Text]) -> list[Branch]:
    """List what begins like a number but is another: 10 to 19 off 1, 30 to 39 off 3."""
    found = []
    for tokens, one in owners.items():
        # Off the longest that it begins with, which is itself taken off the shorter ones.
        begun = [owners[own] for own in _beginnings(tokens[:-1]) if own in owners]
        if begun and begun[-1].scored and begun[-1].number != one.number:
            found.append(Branch(begun[-1].number, tokens, -1))
    return found


def _beginnings(tokens: Tokens) -> Iterable[Tokens]:
    return accumulate(((token,) for token in tokens), lambda one, other: one + other)
