"""What models are asked: lists in words, and the lists with their answers that are shown first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from isogloss.counting_prompts import Example, Frame, Framing, Names, Phrase, render_text
from isogloss.counting_prompts import read_names as names_of
from isogloss.counting_prompts import read_phrases as phrases_of
from isogloss.errors import Refusal, suggest
from isogloss.pipelines.counting.count_choices import (
    CountedList,
    Shown,
    assign_sets,
    choose_lists,
    choose_shots,
)
from isogloss.pipelines.counting.word_tables import choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

SETTING = "counting_benchmark"


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
        sets: of lists that are shown first, with their answers.
        assigned: which set is shown before each list.
        phrases: position -> how is asked.
        names: category -> what it is called.
        forms: of all numbers that may be written out.
    """

    language: str
    lists: tuple[CountedList, ...]
    sets: tuple[Shown, ...]
    assigned: tuple[int, ...]
    phrases: Mapping[str, Phrase]
    names: Mapping[str, Names]
    forms: tuple[Form, ...]

    @property
    def shots(self) -> int:
        """How many lists are shown before each."""
        return len(self.sets[0])

    @property
    def last_shown(self) -> dict[str, int]:
        """List -> the answer that stands last before it; empty if no lists are shown."""
        return {
            one.item_id: self.sets[place][-1].count
            for one, place in zip(self.lists, self.assigned, strict=True)
            if self.shots
        }

    def frame(self, position: str, framing: Framing, place: int) -> Frame:
        """Give what stands around a list.

        Args:
            position: where the category is named.
            framing: of the model.
            place: of the list.
        """
        examples = tuple(
            Example(one.words, self.names[one.category], str(one.count))
            for one in self.sets[self.assigned[place]]
        )
        return Frame(self.phrases[position], examples, framing)

    def prompts(self, position: str, framing: Framing, tokenizer: Any) -> list[str]:
        """Put all lists into words, each up to where its answer begins.

        Args:
            position: where the category is named.
            framing: of the model.
            tokenizer: its chat template is used for `chat`.
        """
        return [
            render_text(
                self.frame(position, framing, place), one.words, self.names[one.category], tokenizer
            )
            for place, one in enumerate(self.lists)
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
        items: item_id, language, category, words, count, method, list_id, concepts.
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
    lists = _read_lists(items[items["language"] == language].sort_values("item_id"))
    if over := [one for one in lists if one.count > parameters.largest]:
        raise Refusal(
            f"List {over[0].item_id} in {language} holds {over[0].count} {over[0].category}, but "
            f"{SETTING}.largest is {parameters.largest}: make it at least as large."
        )
    sets = choose_shots(lists, parameters.shots, parameters.shot_sets, parameters.seed)
    shown = {one.group for own in sets for one in own}
    rest = [one for one in lists if one.group not in shown]
    scored = choose_lists(rest, parameters.per_category, sets, parameters.seed)
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
    assigned = assign_sets(scored, sets)
    return LanguageLists(language, scored, sets, assigned, asked, called, forms)


def describe_shortage(asked: Mapping[str, LanguageLists], parameters: BenchmarkParameters) -> str:
    """Say of which categories fewer lists are scored than were asked for; nothing if of none.

    Args:
        asked: language -> lists.
        parameters: lists a category and language.
    """
    wanted = parameters.per_category
    if wanted == "all":
        return ""
    short = []
    for language, own in asked.items():
        numbers = Counter(one.category for one in own.lists)
        few = [
            f"{name} {numbers[name]}" for name in sorted(own.names) if 0 < numbers[name] < wanted
        ]
        short += [f"{language}: {', '.join(few)}"] if few else []
    if not short:
        return ""
    return (
        f"{SETTING}.per_category is {wanted}, and fewer lists are scored in "
        f"{'; '.join(short)}: the others are shown as examples, or were never made. Raise "
        f"counting.per_category, or lower {SETTING}.shot_sets."
    )


def _read_lists(own: pd.DataFrame) -> list[CountedList]:
    columns = ("item_id", "category", "words", "count", "method", "list_id", "concepts")
    return [
        CountedList(
            str(item),
            str(category),
            tuple(map(str, words)),
            int(count),
            str(method),
            str(name),
            tuple(map(str, concepts)) or tuple(map(str.casefold, words)),
        )
        for item, category, words, count, method, name, concepts in zip(
            *(own[column] for column in columns), strict=True
        )
    ]


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
