"""Which number a written answer gives, if it gives one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

EMPTY = "empty"
NO_NUMBER = "no number"
NOT_WHOLE = "not a whole number"
SEVERAL = "several numbers"
NUMBERED = "numbers the items"
TOO_LARGE = "beyond any list"
CUT_OFF = "cut off in a number"
LARGEST = 999
"""Number that is read as a count."""
_MOST_DIGITS = 20

_GAP = "\ufffc"
"""Stands where a word of the list was repeated."""
_DIGITS = re.compile(r"\d+(?:[.,٫٬]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,٬])\d{3})(?:\1\d{3})*")
_DECIMAL = re.compile(r"(\d+)[.,٫](\d+)")
_NUMBERED = re.compile(rf"(?<!\d)1\s*[.)、]\s*{_GAP}")
_JOINING = (
    "or to and oder bis und ou à et o a y или до и veya ve ile au hadi na 或 或者 到 至 和".split()
)
"""Words between two numbers of a range, of a choice or of an enumeration."""
_BETWEEN = re.compile(rf"\s*(?:[-\u2010-\u2015~～+&.,;、，]|{'|'.join(_JOINING)})\s*")
_AND = "and und y et и ve na".split()
_ENUMERATING = re.compile(rf"[,;、]|和|\b(?:{'|'.join(_AND)})\b")
_EQUALS = re.compile(r"=\s*$")
_MINUS = re.compile(r"(?:^|[\s(*:=])[-\u2212]$")
_PAUSE = re.compile(r"[*\s]*[,.;:!–—]")
_NO_NUMBERS = ("一些", "一共", "一样", "一起", "一下", "no idea")
"""Expressions that hold a numeral and mean none."""
_SPACELESS = ("THAI", "LAO", "KHMER", "MYANMAR")


class Extraction(NamedTuple):
    """A number that was read, or why there is none.

    Attributes:
        number: None if there is none.
        reason: why there is no number, such as `several numbers`; empty if there is one.
    """

    number: int | None
    reason: str


class _Found(NamedTuple):
    """A number in a text; `value` is None if it is no whole number, `none` of a word such as no."""

    start: int
    end: int
    value: int | None
    in_words: bool
    none: bool = False


@dataclass(frozen=True)
class CountReader:
    """Reads numbers from what was written in one language.

    Attributes:
        numerals: number and form, of words and native digits.
        none: forms of 0 that are no numerals, such as no or none.
    """

    numerals: tuple[tuple[int, str], ...]
    none: frozenset[str] = frozenset()

    def read(
        self,
        text: str,
        words: Sequence[str] = (),
        category: Sequence[str] = (),
        *,
        finished: bool = True,
    ) -> Extraction:
        """Read the answer to how many there are.

        Words of the list, and names of the category, are taken out first, so that digits in them
        do not count; so are digits inside words (`3d`). What begins the text is the answer (`3 of
        the 10 words`, `3/10`), unless it is one of several (`2-3`, `1, 2, 3`) or numbers the items.
        Elsewhere the only number is the answer, or what follows the last `=`; the length of the
        list, and a numeral for one, which is often an article, give way to another number, unless
        they enumerate (`one dog, two cats`). Words for none are 0, unless they deny something
        else: `no, there are 3`, `3, no more`, `a cat is no bird: 3`.

        Args:
            text: that follows the beginning of the answer.
            words: of the list.
            category: its names.
            finished: whether the text came to an end by itself.
        """
        plain = _plain(text)
        if not plain.strip():
            return Extraction(None, EMPTY)
        bare = _take_out([*words, *category, *_NO_NUMBERS], plain)
        if _NUMBERED.search(bare):
            return Extraction(None, NUMBERED)
        found = sorted(self._find(bare))
        if not found:
            return Extraction(None, NO_NUMBER)
        if not finished and not bare[found[-1].end :].strip():
            return Extraction(None, CUT_OFF)
        return _whole(_choose(bare, found, len(words) or None))

    def _find(self, text: str) -> Iterator[_Found]:
        taken: list[tuple[int, int]] = []
        for match in _DIGITS.finditer(text):
            taken.append(match.span())
            if not _inside_word(text, *match.span()):
                yield from _read_digits(match)
        for number, none, pattern in self._patterns:
            for match in pattern.finditer(text):
                start, end = match.span()
                if all(end <= first or start >= last for first, last in taken):
                    taken.append((start, end))
                    if not _inside_word(text, start, end):
                        yield _Found(start, end, number, in_words=True, none=none)

    @cached_property
    def _patterns(self) -> list[tuple[int, bool, re.Pattern[str]]]:
        """The numerals, longest first, so that twelve is not read as two."""
        plain = {_plain(form): number for number, form in self.numerals}
        spelled = [form for form in plain if not form.isdecimal()]
        none = set(map(_plain, self.none))
        return [
            (plain[form], form in none, re.compile(re.escape(form)))
            for form in sorted(spelled, key=len, reverse=True)
        ]


def _plain(text: str) -> str:
    """Compose, and take away case; Turkish ı and İ become i."""
    return unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").replace("ı", "i")


def _take_out(words: Iterable[str], text: str) -> str:
    for word in sorted({_plain(word) for word in words if word}, key=len, reverse=True):
        pieces, last = [], 0
        for match in re.finditer(re.escape(word), text):
            if not _inside_word(text, *match.span()):
                pieces += [text[last : match.start()], _GAP]
                last = match.end()
        text = "".join([*pieces, text[last:]])
    return text


def _inside_word(text: str, start: int, end: int) -> bool:
    """Say whether a letter stands beside a stretch, in a script that parts words by blanks."""
    beside = (text[start - 1 : start], text[end : end + 1])
    inner = (text[start], text[end - 1])
    return any(
        one.isalnum() and not _is_spaceless(one) and not _is_spaceless(own)
        for one, own in zip(beside, inner, strict=True)
        if one
    )


def _is_spaceless(character: str) -> bool:
    if character.isdecimal():
        return False
    wide = unicodedata.east_asian_width(character) in "WF"
    return wide or unicodedata.name(character, "").startswith(_SPACELESS)


def _read_digits(match: re.Match[str]) -> Iterator[_Found]:
    """Read digits with points and commas: one number, or several that they part."""
    text, (start, end) = match.group(), match.span()
    decimal = _DECIMAL.fullmatch(text)
    if _MINUS.search(match.string[:start]):
        yield _Found(start, end, None, in_words=False)
    elif text.isdecimal() or _THOUSANDS.fullmatch(text):
        yield _Found(start, end, _number(text), in_words=False)
    elif decimal:
        whole = _number(decimal[1]) if not any(map(unicodedata.digit, decimal[2])) else None
        yield _Found(start, end, whole, in_words=False)
    else:
        for part in re.finditer(r"\d+", text):
            first, last = start + part.start(), start + part.end()
            yield _Found(first, last, _number(part.group()), in_words=False)


def _number(text: str) -> int:
    digits = "".join(one for one in text if one.isdecimal())
    return int(digits) if len(digits) < _MOST_DIGITS else LARGEST + 1


def _choose(text: str, found: Sequence[_Found], length: int | None) -> Sequence[_Found]:
    """Choose the numbers that may be the answer: one, if it is clear which."""
    if after_equals := [one for one in found if _EQUALS.search(text[: one.start])]:
        return after_equals[-1:]
    if denied := _denied(text, found, length):
        return denied
    if _is_number(found[0], length):
        found = [one for one in found if not one.none]
    if _enumerates(text, found):
        return found
    joined = _joined_with_first(text, found)
    article = _is_one(found[0]) and len(joined) == 1 < len(found)
    if not article and not _letters(text[: found[0].start]):
        return joined
    kept = _drop(found, [_is_one(one) for one in found])
    kept = _drop(kept, [one.value == length for one in kept])
    return _drop(kept, [one.in_words for one in kept])


def _drop(found: Sequence[_Found], unlikely: Sequence[bool]) -> Sequence[_Found]:
    """Leave out what is unlikely to be the answer, if there are others and they differ."""
    likely = [one for one, left_out in zip(found, unlikely, strict=True) if not left_out]
    return likely if likely and len({one.value for one in found}) > 1 else found


def _denied(text: str, found: Sequence[_Found], length: int | None) -> Sequence[_Found]:
    """Give the numbers after `no, ...`; together with it, if these may be articles."""
    if not (found[0].none and _PAUSE.match(text, found[0].end)):
        return []
    numbers = [one for one in found if _is_number(one, length)]
    return numbers or [found[0], *(one for one in found if _is_one(one))]


def _enumerates(text: str, found: Sequence[_Found]) -> bool:
    """Say whether words for one and for another number stand side by side, as in a list."""
    if len(found) == 1 or not (_is_one(found[0]) and found[1].in_words):
        return False
    return bool(_ENUMERATING.search(text[found[0].end : found[1].start]))


def _is_number(found: _Found, length: int | None) -> bool:
    """Say whether this is neither a word for none or one, nor the length of the list."""
    is_length = length is not None and found.value == length
    return not (found.none or _is_one(found) or is_length)


def _is_one(found: _Found) -> bool:
    return found.in_words and found.value == 1


def _joined_with_first(text: str, found: Sequence[_Found]) -> list[_Found]:
    """Give the first number with those that it is one of, as in a range."""
    joined = [found[0]]
    for one in found[1:]:
        between = text[joined[-1].end : one.start]
        compound = joined[-1].in_words and one.in_words and not between.strip()
        if not compound and not _BETWEEN.fullmatch(between):
            break
        joined.append(one)
    return joined


def _letters(text: str) -> bool:
    return any(one.isalpha() or one == _GAP for one in text)


def _whole(chosen: Sequence[_Found]) -> Extraction:
    values = {one.value for one in chosen}
    if len(values) > 1:
        return Extraction(None, SEVERAL)
    value = values.pop()
    if value is None:
        return Extraction(None, NOT_WHOLE)
    return Extraction(value, "") if value <= LARGEST else Extraction(None, TOO_LARGE)
