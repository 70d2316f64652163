"""What can be set of the pairs of prompts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveInt,
    model_validator,
)

from isogloss.errors import Refusal, suggest
from isogloss.pipelines.mediation.summary_parameters import LEAST_CATEGORIES
from isogloss.word_list import WordList

Kind = Literal[
    "count_swap",
    "null_swap",
    "irrelevant",
    "relocation",
    "irrelevant_relocation",
    "control",
    "reordering",
    "category_swap",
]
Named = Literal["first", "last"]
Separators = Literal["usual", "line", "blank", "semicolon"]
USUAL: Separators = "usual"
SEPARATORS: dict[Separators, str] = {"line": "\n", "blank": " ", "semicolon": "; "}
"""What stands between items in place of what is usual in the language."""


class Layout(NamedTuple):
    """How lists are put before a model; two columns of every table.

    Attributes:
        named: whether the category is named before the list or behind it.
        separators: what stands between items.
    """

    named: Named
    separators: Separators


LAYOUT = Layout._fields
SOURCES: dict[Kind, Kind] = {"irrelevant": "count_swap", "irrelevant_relocation": "relocation"}
"""Kinds of pairs that ask the lists of others for a category to which no swapped word belongs."""
NULLS: tuple[Kind, ...] = ("null_swap", "reordering")
"""Kinds of pairs in which both swapped words are members, or neither is: nothing is to be counted
otherwise, at any item."""
CATEGORY_SWAP: Kind = "category_swap"
"""Pairs that ask one list for two categories."""
LARGEST = 9
"""Counts that are read from one digit."""
CONTROL: Kind = "control"
SHORTEST = 4
"""Items of a list."""
ALL = "all"


class ControlPhrase(BaseModel, frozen=True, extra="forbid"):
    """How a word of a list is asked for, in one language.

    Attributes:
        text: with `{list}`, ending in what the answer follows.
        separator: between items.
    """

    text: str
    separator: str = ", "

    @model_validator(mode="after")
    def _holds_a_list(self) -> ControlPhrase:
        if self.text.count("{list}") != 1 or self.text.count("{") != 1:
            raise ValueError("text has to hold {list} once, and no other placeholder")
        return self


CONTROL_PHRASES = {
    "eng": ControlPhrase(text="List: {list}. Last item:"),
    "deu": ControlPhrase(text="Liste: {list}. Letztes Wort:"),
    "spa": ControlPhrase(text="Lista: {list}. Última palabra:"),
    "fra": ControlPhrase(text="Liste : {list}. Dernier mot :"),
    "rus": ControlPhrase(text="Список: {list}. Последнее слово:"),
    "tur": ControlPhrase(text="Liste: {list}. Son kelime:"),
    "swh": ControlPhrase(text="Orodha: {list}. Neno la mwisho:"),
    "zho_simpl": ControlPhrase(text="列表：{list}。最后一个词：", separator="、"),
}
"""They ask for the last item."""


def _require_range(lengths: tuple[int, ...]) -> tuple[int, ...]:
    """Refuse other lengths of lists than a least and a greatest, which a list of them may mean."""
    if len(lengths) == 2 and SHORTEST <= lengths[0] <= lengths[1]:
        return lengths
    low = max(SHORTEST, min(lengths, default=SHORTEST))
    high = max((low, *lengths))
    raise ValueError(
        f"it is two numbers, the least and the greatest number of items, {SHORTEST} or more: "
        f"mediation_pairs.lengths='{low} {high}', in a file [{low}, {high}]"
    )


class PairParameters(BaseModel, frozen=True, extra="forbid"):
    """Which pairs of prompts are made for mediation.

    Attributes:
        languages: codes, those of them that have words; or `all`.
        categories: slugs of the categories to ask for; or `all`.
        kinds: `count_swap`: a member and a non-member change places, so that the count changes by
            one; `null_swap`: two members, or two non-members; `irrelevant`: the lists of count
            swaps, asked for a category to which no swapped word belongs; `relocation`: a member and
            a non-member of one list change places; `irrelevant_relocation`: the lists of
            relocations, asked for such a category; `reordering`: two members of one list, or two
            non-members, change places; `control`: asks for one item of the list, which has another
            word in the other prompt; `category_swap`: one list is asked for two categories, of
            which it holds different numbers.
        named: whether the category is named before the list (`first`), behind it (`last`), or both.
        separators: between items: `usual` in the language; `line`: a new line alone;
            `blank`: a blank alone, so that no token of its own stands between them; `semicolon`.
            With `blank` there are no items of several words, whatever else stands between them.
        pairs: of each kind in a language, if possible.
        lengths: the least and the greatest number of items.
        shots: examples before each list; turns of a conversation where the framing is a chat.
        framing: `few_shot`, `chat`, or `auto`: chat where the model has a template.
        control: the item that `control` asks for.
        control_phrases: language -> how it asks, in place of `CONTROL_PHRASES`, which ask for
            the last item, or beside them.
        length_tolerance: characters by which swapped words may differ in length, if possible.
        attempts: lists to try for each pair.
        confirmation: share of the categories that are kept apart for confirmation; 8 at least are
            needed in either part.
        seed: of all draws.
    """

    languages: Annotated[WordList[str], Field(min_length=1)] = ("eng",)
    categories: Annotated[WordList[str], Field(min_length=1)] = ("all",)
    kinds: Annotated[WordList[Kind], Field(min_length=1)] = (
        "count_swap",
        "null_swap",
        "irrelevant",
        "relocation",
        "irrelevant_relocation",
        "control",
        "reordering",
    )
    named: Annotated[WordList[Named], Field(min_length=1)] = ("first",)
    separators: Annotated[WordList[Separators], Field(min_length=1)] = ("usual",)
    pairs: PositiveInt = 48
    lengths: Annotated[WordList[int], AfterValidator(_require_range)] = (6, 10)
    shots: NonNegativeInt = 4
    framing: Literal["auto", "few_shot", "chat"] = "auto"
    control: Literal["first", "last"] = "last"
    control_phrases: dict[str, ControlPhrase] = {}
    length_tolerance: NonNegativeInt = 2
    attempts: PositiveInt = 40
    confirmation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: NonNegativeInt = 0

    def control_phrase(self, language: str) -> ControlPhrase:
        """Say how one item is asked for in a language.

        Raises:
            Refusal: if nobody has said so.
        """
        self.require_control_phrases([language])
        return self._control_phrases[language]

    @property
    def _control_phrases(self) -> dict[str, ControlPhrase]:
        known = CONTROL_PHRASES if self.control == "last" else {}
        return known | self.control_phrases

    @model_validator(mode="after")
    def _irrelevant_pairs_have_lists(self) -> PairParameters:
        for kind, source in SOURCES.items():
            if kind in self.kinds and source not in self.kinds:
                raise ValueError(
                    f"kinds: {kind} asks the lists of {source} for another category; add {source}"
                )
        return self

    @model_validator(mode="after")
    def _named_languages_have_controls(self) -> PairParameters:
        if ALL not in self.languages and CONTROL in self.kinds:
            self.require_control_phrases(self.languages)
        return self

    @model_validator(mode="after")
    def _named_categories_make_two_parts(self) -> PairParameters:
        if ALL not in self.categories:
            self.keep_apart(len(set(self.categories)))
        return self

    def require_control_phrases(self, languages: Iterable[str]) -> None:
        """Refuse languages in which nobody has said how to ask for an item of a list.

        Args:
            languages: codes.

        Raises:
            Refusal: names them all.
        """
        if lacking := [one for one in languages if one not in self._control_phrases]:
            known = ", ".join(self._control_phrases)
            raise Refusal(
                f"There is no phrase that asks for the {self.control} item of a list in "
                f"{', '.join(lacking)}.{suggest(lacking[0], self._control_phrases)} Add "
                f"mediation_pairs.control_phrases.{lacking[0]}.text, with {{list}} in it and "
                "ending in what the answer follows, or take control out of mediation_pairs.kinds. "
                f"Known are: {known or 'none'}."
            )

    def keep_apart(self, categories: int, where: str = "") -> int:
        """Say how many categories are kept apart for confirmation.

        Args:
            categories: that there are.
            where: for the message: ` in deu`.

        Raises:
            Refusal: if fewer than can be tested are left in either part.
        """
        number = round(self.confirmation * categories)
        if self.confirmation and min(number, categories - number) < LEAST_CATEGORIES:
            raise Refusal(
                f"mediation_pairs.confirmation={self.confirmation:g} keeps {number} of the "
                f"{categories} categories{where} apart, and either part needs at least "
                f"{LEAST_CATEGORIES}: take words of {2 * LEAST_CATEGORIES} categories or more and "
                "keep about half of them apart, or set it to 0."
            )
        return number
