"""What models are asked: lists in words, and the lists with their answers that are shown first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from isogloss.counting_prompts import Example, Frame, Framing, Names, Phrase, render_text
from isogloss.counting_prompts import read_names as names_of
from isogloss.counting_prompts import read_phrases as phrases_of
from isogloss.errors import Refusal, suggest
from isogloss.partitions import digest
from isogloss.pipelines.counting.word_tables import choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

SETTING = "counting_benchmark"


@dataclass(frozen=True)
class CountedList:
    """A list in which members of a category are counted.

    Attributes:
        item_id: of the list.
        category: that is asked for.
        words: in their order.
        count: members of the category among them.
        method: by which the list was made.
    """

    item_id: str
    category: str
    words: tuple[str, ...]
    count: int
    method: str


class Form(NamedTuple):
    """A way to write a number, of a kind: digits, word or native."""

    number: int
    kind: str
    text: str


@dataclass(frozen=True)
class LanguageLists:
    """Everything of one language that decides what models are asked.

    Attributes:
        language: code.
        lists: that are scored.
        shown: that are shown first, with their answers.
        phrases: position -> how is asked.
        names: category -> what it is called.
        forms: of all numbers that may be written out.
    """

    language: str
    lists: tuple[CountedList, ...]
    shown: tuple[CountedList, ...]
    phrases: Mapping[str, Phrase]
    names: Mapping[str, Names]
    forms: tuple[Form, ...]

    def frame(self, position: str, framing: Framing) -> Frame:
        """Give what stands around every list.

        Args:
            position: where the category is named.
            framing: of the model.
        """
        examples = tuple(
            Example(one.words, self.names[one.category], str(one.count)) for one in self.shown
        )
        return Frame(self.phrases[position], examples, framing)

    def prompts(self, position: str, framing: Framing, tokenizer: Any) -> list[str]:
        """Put all lists into words, each up to where its answer begins.

        Args:
            position: where the category is named.
            framing: of the model.
            tokenizer: its chat template is used for `chat`.
        """
        frame = self.frame(position, framing)
        return [
            render_text(frame, one.words, self.names[one.category], tokenizer) for one in self.lists
        ]


def gather_lists(
    items: pd.DataFrame,
    names: pd.DataFrame,
    phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> dict[str, LanguageLists]:
    """Gather by language what is asked.

    Args:
        items: item_id, language, category, words, count, method.
        names: category, language, counted, number_of.
        phrases: language, position, text, separator.
        numerals: language, number, kind, form.
        parameters: languages, positions, lists a category, shots, the largest number, forms, seed.

    Raises:
        Refusal: if a phrase, a name or a numeral is missing, if a list holds more than the largest
            number, or if no list is left to be scored.
    """
    languages = choose(parameters.languages, sorted(set(items["language"])), f"{SETTING}.languages")
    return {
        language: _gather_language(language, items, names, phrases, numerals, parameters)
        for language in languages
    }


def _gather_language(
    language: str,
    items: pd.DataFrame,
    names: pd.DataFrame,
    phrases: pd.DataFrame,
    numerals: pd.DataFrame,
    parameters: BenchmarkParameters,
) -> LanguageLists:
    own = items[items["language"] == language].sort_values("item_id")
    lists = [
        CountedList(str(item), str(category), tuple(map(str, words)), int(count), str(method))
        for item, category, words, count, method in zip(
            *(own[name] for name in ("item_id", "category", "words", "count", "method")),
            strict=True,
        )
    ]
    if over := [one for one in lists if one.count > parameters.largest]:
        raise Refusal(
            f"List {over[0].item_id} in {language} holds {over[0].count} {over[0].category}, but "
            f"{SETTING}.largest is {parameters.largest}: make it at least as large."
        )
    shown = choose_shots(lists, parameters.shots, parameters.seed)
    rest = [one for one in lists if one not in shown]
    scored = choose_lists(rest, parameters.per_category, parameters.seed)
    if not scored:
        raise Refusal(
            f"There are {len(lists)} lists in {language}, and {SETTING}.shots is "
            f"{parameters.shots}: none is left to be scored. Raise counting.per_category, or show "
            "fewer."
        )
    called = names_of(names, language)
    if unnamed := sorted({one.category for one in lists} - set(called)):
        raise Refusal(
            f"Category '{unnamed[0]}' has no name in {language}: add a row to categories.csv in "
            "the folder word_tables."
        )
    asked: dict[str, Phrase] = {
        position: _phrase(phrases_of(phrases, language), position, language)
        for position in parameters.positions
    }
    forms = _read_forms(numerals, language, parameters)
    return LanguageLists(language, scored, shown, asked, called, forms)


def _phrase(phrases: Mapping[str, Phrase], position: str, language: str) -> Phrase:
    if position not in phrases:
        raise Refusal(
            f"There is no phrase in {language} that names the category {position}: add a row to "
            f"phrases.csv in the folder word_tables, or take it out of {SETTING}.positions."
        )
    return phrases[position]


def _read_forms(
    numerals: pd.DataFrame, language: str, parameters: BenchmarkParameters
) -> tuple[Form, ...]:
    own = numerals[numerals["language"] == language]
    forms = tuple(
        Form(int(number), str(kind), str(text))
        for number, kind, text in zip(own["number"], own["kind"], own["form"], strict=True)
    )
    written = {form.number for form in forms if form.kind in parameters.forms}
    if missing := sorted(set(range(parameters.largest + 1)) - written):
        known = sorted(set(numerals["language"]))
        raise Refusal(
            f"There is no numeral for {missing[0]} in {language} ({', '.join(parameters.forms)})."
            f"{'' if len(own) else suggest(language, known)} Add it to numerals.csv in "
            f"the folder word_tables, or lower {SETTING}.largest."
        )
    return forms


def choose_lists(
    lists: Sequence[CountedList], per_category: int | Literal["all"], seed: int
) -> tuple[CountedList, ...]:
    """Choose some lists of each category: counts are about as often, then counts at a length.

    As with `choose_shots`, lists that are the same in several languages are chosen in all of them.

    Args:
        lists: of one language.
        per_category: how many to choose of each category; fewer where there are fewer.
        seed: of the lots.
    """
    if per_category == "all":
        return tuple(lists)
    left = sorted(lists, key=lambda one: digest(seed, one.item_id))
    chosen: list[CountedList] = []
    for category in sorted({one.category for one in left}) * per_category:
        counts = Counter(one.count for one in chosen)
        sizes = Counter(_size(one) for one in chosen)
        own = [one for one in left if one.category == category]
        # Of equals, min takes the first.
        if own:
            rarest = min(own, key=lambda one: (counts[one.count], sizes[_size(one)]))
            chosen.append(rarest)
            left.remove(rarest)
    return tuple(one for one in lists if one in chosen)


def _size(one: CountedList) -> tuple[int, int]:
    return one.count, len(one.words)


def choose_shots(lists: Sequence[CountedList], number: int, seed: int) -> tuple[CountedList, ...]:
    """Choose the lists to be shown: their counts spread from the least to the greatest.

    They are of different categories as long as there are any. Lots belong to the lists themselves,
    so that lists that are the same in several languages are shown in all of them; lists that a
    model has written come last.

    Args:
        lists: of one language.
        number: how many to choose.
        seed: of the lots.
    """
    lots = sorted(lists, key=lambda one: (one.method != "systematic", digest(seed, one.item_id)))
    counts = sorted({one.count for one in lists})
    places = np.linspace(0, len(counts) - 1, number) if number > 1 else [(len(counts) - 1) / 2]
    chosen: list[CountedList] = []
    for place in list(places)[:number]:
        wanted, taken = counts[round(float(place))], {one.category for one in chosen}
        ranked = sorted(
            (one for one in lots if one not in chosen),
            key=lambda one: (one.count != wanted, one.category in taken),
        )
        chosen += ranked[:1]
    return tuple(one for one in lots if one in chosen)
