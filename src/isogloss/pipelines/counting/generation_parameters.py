"""What can be set of the lists that models count in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt, model_validator

from isogloss.word_list import WordList

ALL = "all"
Names = Annotated[WordList[str], Field(min_length=1)]
Numbers = Annotated[WordList[NonNegativeInt], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class WritingParameters(BaseModel, frozen=True, extra="forbid"):
    """How a chat model writes lists.

    Attributes:
        invented: share of its lists whose category it invents.
        themes: from which fields invented categories are asked for, in turn.
        answers: `call` forces a function call; `json` asks for JSON in the text, for servers and
            models that know no functions.
        temperature: by which logits are divided.
        max_tokens: longest answer.
        seed: sent to the server, if it heeds one.
    """

    invented: Share = 0.4
    themes: Names = ("music", "literature", "food", "geography", "history", "science", "games")
    answers: Literal["call", "json"] = "call"
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    max_tokens: PositiveInt = 500
    seed: NonNegativeInt | None = 0


class JudgingParameters(BaseModel, frozen=True, extra="forbid"):
    """How a chat model judges the words that the lists leave open.

    Attributes:
        words: `apart` asks of every word by itself, once a category and language; `together`
            shows all open words of a list at once, which costs less.
        answers: as for writing.
        max_tokens: longest answer.
    """

    words: Literal["apart", "together"] = "apart"
    answers: Literal["call", "json"] = "call"
    max_tokens: PositiveInt = 300


class CountingParameters(BaseModel, frozen=True, extra="forbid"):
    """Which lists are made, and who writes and judges them.

    Attributes:
        languages: codes, or `all` of the word lists.
        categories: names, or `all`; distractors come from these too.
        lengths: words a list.
        counts: members of the category among them; up to the shortest length, or else count and
            length go together, which is warned of.
        per_category: lists a category and language.
        parallel: the same lists in all languages, word for word; concepts that lack a word in one
            of them are left out.
        crossed: most lists are asked for two of their categories, with different counts: who does
            not heed the category is right about one of the two at most.
        distractor_categories: from how many categories the other words of a list come, in turn;
            more than there are stands for all of them.
        overlap: lists whose words have a larger Jaccard index are near duplicates, and refused.
        tries: how often a list is drawn anew that is a near duplicate.
        rounds: how often lists that were lost are replaced.
        model_share: share of the lists that a chat model writes.
        author: the chat model that writes them.
        judge: the chat model that decides where the word lists cannot; never the author.
        writing: how lists are written.
        judging: how words are judged.
        keep_undecided: whether lists stay that nobody could decide.
        seed: of the draws.
    """

    languages: Names = (ALL,)
    categories: Names = (ALL,)
    lengths: Annotated[WordList[PositiveInt], Field(min_length=1)] = (6, 7, 8, 9, 10)
    counts: Numbers = (0, 1, 2, 3, 4, 5)
    per_category: PositiveInt = 18
    parallel: bool = True
    crossed: bool = True
    distractor_categories: Annotated[WordList[PositiveInt], Field(min_length=1)] = (2, 12)
    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.5
    tries: PositiveInt = 20
    rounds: NonNegativeInt = 3
    model_share: Share = 0.0
    author: str | None = None
    judge: str | None = None
    writing: WritingParameters = WritingParameters()
    judging: JudgingParameters = JudgingParameters()
    keep_undecided: bool = False
    seed: NonNegativeInt = 0

    @model_validator(mode="after")
    def _every_count_fits(self) -> CountingParameters:
        if max(self.counts) > max(self.lengths):
            raise ValueError(
                f"counts goes up to {max(self.counts)} and lengths to {max(self.lengths)}: no list "
                "has more members than words"
            )
        return self

    @model_validator(mode="after")
    def _author_is_judged_by_another(self) -> CountingParameters:
        if self.model_share and not (self.author and self.judge):
            raise ValueError(
                f"model_share is {self.model_share:g}: name who writes the lists in "
                "counting.author, and another chat model that judges them in counting.judge"
            )
        if self.author and self.author == self.judge:
            raise ValueError(
                f"counting.author and counting.judge are both '{self.author}': who judges its own "
                "lists finds them right; name two different models"
            )
        return self

    @property
    def written(self) -> int:
        """Lists a category and language that a chat model writes."""
        return round(self.model_share * self.per_category)
