"""Items in words: the templates of the parameters, and the one function that fills them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, PositiveInt, RootModel, field_validator

from isogloss.errors import Refusal, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.pipelines.tasks.questions import Question

Formulation = Literal["label", "cloze", "generate"]
AskedTask = Literal["belebele", "mmlu"]

OPTIONS = 4
LETTERS = "ABCD"
OWN = "own"
FIELDS = frozenset(
    {"passage", "subject", "question", *(f"option_{number}" for number in range(1, OPTIONS + 1))}
)
ANSWER_FIELDS = frozenset({"letter", "text", "number"})


def _require_fields(template: str, known: frozenset[str]) -> str:
    named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    if unknown := sorted(named - known):
        raise ValueError(f"unknown field {{{unknown[0]}}}; there are {', '.join(sorted(known))}")
    return template


class PromptTemplate(BaseModel, frozen=True, extra="forbid"):
    """How an item becomes a prompt in one formulation and one language.

    Attributes:
        item: what stands before the answer.
        answer: what is scored after it, with the blank that belongs to it.
        description: what stands before the first example.
        separator: between examples, and before the item.
        empty: a prompt without content, which says how likely a text is as an answer to nothing.
        new_tokens: that the model may write, where it writes.
    """

    item: str
    answer: str
    description: str = ""
    separator: str = "\n\n"
    empty: str = "Answer:"
    new_tokens: PositiveInt = 16

    @field_validator("item", "description")
    @classmethod
    def _known_fields(cls, template: str) -> str:
        return _require_fields(template, FIELDS)

    @field_validator("answer")
    @classmethod
    def _known_answer_fields(cls, template: str) -> str:
        return _require_fields(template, ANSWER_FIELDS)


class PromptParameters(
    RootModel[dict[AskedTask, dict[Formulation, dict[str, PromptTemplate]]]], frozen=True
):
    """The templates of all tasks: task -> formulation -> language of the words -> template."""

    def choose(
        self, task: AskedTask, formulation: Formulation, language: str, wanted: str
    ) -> PromptTemplate:
        """Give the template for items of a language.

        Args:
            task: belebele or mmlu.
            formulation: label, cloze or generate.
            language: of the items.
            wanted: `prompt_language`: a code, or `own` for that of the items.

        Raises:
            Refusal: if there is none; names those that there are.
        """
        known = self.root.get(task, {}).get(formulation, {})
        code = language if wanted == OWN else wanted
        if code not in known:
            place = f"prompts.{task}.{formulation}"
            raise Refusal(
                f"There is no prompt in '{code}' for {task} ({formulation}).{suggest(code, known)} "
                f"{place} has: {', '.join(known) or 'nothing'}. Add one to "
                f"conf/base/parameters/prompts.yml under {place}.{code}, or set "
                "tasks.prompt_language to one of these."
            )
        return known[code]


def render_prompt(
    template: PromptTemplate, question: Question, examples: Sequence[Question] = (), order: int = 0
) -> str:
    """Put an item, with examples before it, into words.

    Values are put into the template as they are: braces in them mean nothing.

    Args:
        template: of the task, formulation and language.
        question: what is asked.
        examples: with their answers, in their own order of options.
        order: by how many places the options of the question are rotated.
    """
    shown = [
        render_item(template, example) + render_answer(template, example, example.answer)
        for example in examples
    ]
    description = template.description.format_map(question.fields)
    return description + template.separator.join([*shown, render_item(template, question, order)])


def render_item(template: PromptTemplate, question: Question, order: int = 0) -> str:
    """Put an item into words, its options rotated: place p shows the option p + order."""
    rotated = {
        f"option_{place + 1}": question.fields[f"option_{option_at(place, order)}"]
        for place in range(OPTIONS)
    }
    return template.item.format_map({**question.fields, **rotated})


def render_answer(template: PromptTemplate, question: Question, option: int, order: int = 0) -> str:
    """Put an option, numbered as in the source, into the words of an answer."""
    place = place_of(option, order)
    return template.answer.format_map(
        {
            "letter": LETTERS[place],
            "number": str(place + 1),
            "text": question.fields[f"option_{option}"],
        }
    )


def render_blank(template: PromptTemplate, subject: str, filling: str, before: str) -> str:
    """Put an item without content into words, after the examples of a prompt.

    Args:
        template: of the task, formulation and language.
        subject: of the examples.
        filling: stands for every text of the item (Zhao et al. 2021 take "N/A").
        before: the prompt up to the item.
    """
    blanks: Mapping[str, str] = {**dict.fromkeys(FIELDS, filling), "subject": subject}
    return before + template.item.format_map(blanks)


def option_at(place: int, order: int) -> int:
    """Give the option (1-4, as in the source) that a rotation shows at a place (0-3)."""
    return (place + order) % OPTIONS + 1


def place_of(option: int, order: int) -> int:
    """Give the place (0-3) at which a rotation shows an option (1-4, as in the source)."""
    return (option - 1 - order) % OPTIONS
