"""What can be set of the words to count."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

from isogloss.word_list import WordList

ALL = "all"
Names = Annotated[WordList[str], Field(min_length=1)]


class WordParameters(BaseModel, frozen=True, extra="forbid"):
    """Which words are used.

    Attributes:
        languages: codes, or `all` that the files have a column for.
        categories: names of files, or `all`.
        least_members: words that a category needs in each language; where fewer concepts have a
            word in all of them, that is warned of.
    """

    languages: Names = (ALL,)
    categories: Names = (ALL,)
    least_members: PositiveInt = 24
