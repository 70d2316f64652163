"""What can be set of how models are asked to count, and of how their answers are scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt

from isogloss.errors import suggest
from isogloss.language_models.batching import AUTOMATIC, Automatic
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from isogloss.pipelines.counting.word_parameters import WordParameters
from isogloss.word_list import WordList

ALL: Literal["all"] = "all"
GROUP = "counting_benchmark"
Names = Annotated[WordList[str], Field(min_length=1)]
Position = Literal["first", "last"]
Scoring = Literal["candidates", "generated"]
FormKind = Literal["digits", "word", "native"]


class BenchmarkParameters(BaseModel, frozen=True, extra="forbid"):
    """How models are asked to count, and how their answers are scored.

    Attributes:
        languages: codes, or `all` that there are lists in.
        positions: whether the category is named before the list (`first`), behind it (`last`), or
            both.
        framing: `few_shot` puts one text after another, `chat` makes turns of a conversation of
            them, whose last turn the model is to go on with; `auto` is chat where the model has a
            template.
        per_category: lists that are scored, a category and language; see `choose_lists`.
        shots: lists with their answers that are shown first; they are not scored.
        shot_sets: how many such sets there are, each before other lists; see `choose_shots`.
        scoring: `candidates` scores every number from 0 to `largest` as an answer; `generated` has
            the model write one, which is read from its text.
        word_questions: whether models are asked, too, which words of the lists belong; see
            `word_questions.ask_words`.
        largest: number that is scored as an answer; more than any list holds.
        forms: in which a number may be written: `digits`, number `word`s, `native` digits.
        stops: `every` form is followed by something that ends an answer, or, where `needed`, by
            anything that does not make another number of it; see `count_branches`.
        new_tokens: that the model may write.
        token_budget: tokens a batch, padding included; `auto` suits the device.
        confidence: of intervals.
        rounds: of the bootstrap.
        seed: of the choice of shots and of the bootstrap.
    """

    languages: Names = (ALL,)
    positions: Annotated[WordList[Position], Field(min_length=1)] = ("first", "last")
    framing: Literal["auto", "few_shot", "chat"] = "auto"
    per_category: PositiveInt | Literal["all"] = 6
    shots: NonNegativeInt = 4
    shot_sets: PositiveInt = 6
    scoring: Annotated[WordList[Scoring], Field(min_length=1)] = ("candidates",)
    word_questions: bool = False
    largest: PositiveInt = 10
    forms: Annotated[WordList[FormKind], Field(min_length=1)] = ("digits", "word", "native")
    stops: Literal["every", "needed"] = "needed"
    new_tokens: PositiveInt = 16
    token_budget: PositiveInt | Automatic = AUTOMATIC
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    rounds: Annotated[int, Field(ge=200)] = 1000
    seed: NonNegativeInt = 0

    def find_misfits(self, groups: Mapping[str, object]) -> dict[tuple[str, ...], str]:
        """Say which settings do not go with the lists that are to be made.

        Args:
            groups: all settings; `counting` and `counting_words` say which lists.
        """
        found: dict[tuple[str, ...], str] = {}
        lists, words = groups.get("counting"), groups.get("counting_words")
        if isinstance(lists, CountingParameters) and self.largest < max(lists.counts):
            found[GROUP, "largest"] = (
                f"{GROUP}.largest = {self.largest}: lists hold up to {max(lists.counts)} "
                "(counting.counts); make it at least as large."
            )
        for setting, made in (("counting", lists), ("counting_words", words)):
            if isinstance(made, CountingParameters | WordParameters):
                lacking = _lacking(self.languages, made.languages)
                if lacking and (GROUP, "languages") not in found:
                    found[GROUP, "languages"] = (
                        f"{GROUP}.languages names '{lacking[0]}', in which there will be no lists."
                        f"{suggest(lacking[0], made.languages)} {setting}.languages is: "
                        f"{' '.join(made.languages)}. Name some of these, or all."
                    )
        return found


def _lacking(wanted: Names, there: Names) -> list[str]:
    """Give the names that are not there; none where either stands for all."""
    return [] if ALL in there else [name for name in wanted if name not in (*there, ALL)]
