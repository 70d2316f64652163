"""What a chat model is asked to write lists of, and what of its answers can be used."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from isogloss.chat import ChatSampling
from isogloss.pipelines.counting.generation_calls import (
    Form,
    ask_with_repair,
    read_form,
    request_form,
)
from isogloss.pipelines.counting.generation_plan import INVENTED, Cell, in_english
from isogloss.word_memberships import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from isogloss.chat import ChatRequest, ChatResponse
    from isogloss.pipelines.counting.generation_calls import Ask
    from isogloss.pipelines.counting.generation_parameters import WritingParameters

LONGEST = 40
MOST_PARTS = 4
NO_PART_OF_A_WORD = re.compile(r"""[\d,;:.!?()\[\]{}<>"“”«»、，；：。|/\\\n]""")
_WORDS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_OWN_FIELDS: dict[str, dict[str, Any]] = {
    "members": {**_WORDS, "description": "Words that belong to the category."},
    "others": {**_WORDS, "description": "Words that do not, by any of their meanings."},
}
_NAME_FIELDS: dict[str, dict[str, Any]] = {
    "counted": {"type": "string", "description": "The category as it stands for {counted}."},
    "number_of": {"type": "string", "description": "The category as it stands for {number_of}."},
    "english": {"type": "string", "description": "The category in English, in the plural."},
}
WRITE = Form("write_list", "Hand over the words of one list.", _OWN_FIELDS)
INVENT = Form("invent_list", "Hand over a category and the words.", {**_NAME_FIELDS, **_OWN_FIELDS})
INSTRUCTION = (
    "You write word lists for a test in which one counts how many words of a list belong to a "
    "category. The user sends a JSON object. Write words of its `language` as a dictionary has "
    "them, without articles, each one once: exactly as many `members` of the category as it says, "
    "and exactly as many `others`. Choose common words that everybody would put where you put "
    "them: no borderline cases, and no word with a second meaning that would move it. The others "
    "come from several different fields."
)
INVENTION = (
    " Choose the category yourself, from the field `theme`: an everyday one with clear members, "
    "none of those in `avoid`. `sentence` is where its name will stand."
)


class WrittenList(BaseModel):
    """What a model wrote.

    Attributes:
        members: words of the category.
        others: words that are none of it.
        counted: name of an invented category, where it is asked for.
        number_of: the same where the answer begins.
        english: the same in English.
    """

    members: list[str]
    others: list[str]
    counted: str = ""
    number_of: str = ""
    english: str = ""

    @property
    def words(self) -> list[str]:
        """All words, members first."""
        return [word.strip() for word in (*self.members, *self.others)]

    @property
    def slug(self) -> str:
        """Name of an invented category in tables."""
        return re.sub(r"[^a-z0-9]+", "_", self.english.lower()).strip("_")


@dataclass(frozen=True)
class Writer:
    """Has a chat model write lists of a language.

    Attributes:
        ask: has requests answered, in their order.
        language: its name in English.
        names: category -> its name in the language.
        sentence: in which the name of a category stands, with {counted} and {number_of}.
        avoid: names, in English, of categories that are not to be invented.
        parameters: how lists are written.
    """

    ask: Ask
    language: str
    names: Mapping[str, str]
    sentence: str
    avoid: Collection[str]
    parameters: WritingParameters

    def write(self, cells: Sequence[Cell], first_sample: int) -> list[WrittenList | str]:
        """Have lists written.

        Args:
            cells: what they are to be like.
            first_sample: number of the first answer where the same list is asked for again.

        Returns:
            for every cell its list, or why there is none.
        """

        def read(place: int, response: ChatResponse) -> WrittenList | str:
            form = INVENT if cells[place].category == INVENTED else WRITE
            answer = read_form(response, form, WrittenList)
            if isinstance(answer, str):
                return answer
            return self._fault(answer, cells[place]) or answer

        return ask_with_repair(self.ask, self._requests(cells, first_sample), read)

    def _requests(self, cells: Sequence[Cell], first_sample: int) -> list[ChatRequest]:
        asked: Counter[Cell] = Counter()
        requests, invented = [], 0
        for cell in cells:
            theme = self.parameters.themes[invented % len(self.parameters.themes)]
            invented += cell.category == INVENTED
            requests.append(self._request(cell, theme, first_sample + asked[cell]))
            asked[cell] += 1
        return requests

    def _request(self, cell: Cell, theme: str, sample: int) -> ChatRequest:
        content: dict[str, Any] = {
            "language": self.language,
            "members": cell.count,
            "others": cell.length - cell.count,
        }
        sampling = ChatSampling(
            temperature=self.parameters.temperature,
            max_tokens=self.parameters.max_tokens,
            seed=self.parameters.seed,
        )
        if cell.category != INVENTED:
            content |= {
                "category": self.names[cell.category],
                "english": in_english(cell.category),
            }
            form, instruction = WRITE, INSTRUCTION
        else:
            content |= {"theme": theme, "avoid": sorted(self.avoid), "sentence": self.sentence}
            form, instruction = INVENT, INSTRUCTION + INVENTION
        return request_form(form, instruction, content, sampling, self.parameters.answers, sample)

    def _fault(self, answer: WrittenList, cell: Cell) -> str:
        """Say what keeps a list from being used; nothing if all is well."""
        wanted = (cell.count, cell.length - cell.count)
        found = (len(answer.members), len(answer.others))
        if found != wanted:
            return (
                f"There are {found[0]} members and {found[1]} others in place of {wanted[0]} and "
                f"{wanted[1]}."
            )
        if repeated := [word for word, n in Counter(map(folded, answer.words)).items() if n > 1]:
            return f"{repeated[0]!r} stands there more than once."
        if unfit := [word for word in answer.words if not _is_word(word)]:
            return f"{unfit[0]!r} is no word that can stand in a list."
        return self._fault_of_name(answer) if cell.category == INVENTED else ""

    def _fault_of_name(self, answer: WrittenList) -> str:
        for field in _NAME_FIELDS:
            if not _is_word(getattr(answer, field).strip()):
                return f"{field} is no name of a category."
        if not answer.slug:
            return "english is not English."
        if in_english(answer.slug) in {one.lower() for one in self.avoid}:
            return f"The category {answer.english!r} is one of those to avoid."
        return ""


def _is_word(word: str) -> bool:
    return (
        0 < len(word) <= LONGEST
        and len(word.split()) <= MOST_PARTS
        and not NO_PART_OF_A_WORD.search(word)
        and any(character.isalpha() for character in word)
    )
