"""How a translation is asked for."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from pydantic import BaseModel, RootModel, field_validator

from isogloss.errors import Refusal, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = "source"
FIELDS = ("source_language", "target_language", SOURCE)


class TranslationPrompt(BaseModel, frozen=True, extra="forbid"):
    """A request for a translation, and how requests follow each other.

    Attributes:
        sentence: the request, with {source} (the text), {source_language} and {target_language}
            (their names). It must not end in a blank: tokens begin with blanks, so that a model
            would have to go on in a way that it has never seen.
        separator: what stands behind each example.
        stop_at_newline: whether the first line break ends a translation.
    """

    sentence: str
    separator: str = "\n\n"
    stop_at_newline: bool = True

    @field_validator("sentence")
    @classmethod
    def _check(cls, sentence: str) -> str:
        fields = [part[1:] for part in Formatter().parse(sentence) if part[1] is not None]
        names = {name for name, _, _ in fields}
        if SOURCE not in names or any(
            name not in FIELDS or form or conversion for name, form, conversion in fields
        ):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise ValueError(f"write {{{SOURCE}}} in it, and no other fields than {known}")
        if sentence.endswith((" ", "\t")):
            raise ValueError("drop the blank at its end, which no model continues well")
        return sentence

    def ask(
        self,
        names: tuple[str, str],
        source: str,
        examples: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Write the prompt for one text.

        Args:
            names: of the source and of the target language.
            source: the text; braces in it mean nothing.
            examples: texts with their translations, which go before it.
        """
        # A blank belongs to the word behind it, a line break to the line before.
        between = "" if self.sentence.endswith("\n") else " "
        solved = [
            f"{self._request(names, text)}{between}{translation}" for text, translation in examples
        ]
        return self.separator.join([*solved, self._request(names, source)])

    def _request(self, names: tuple[str, str], source: str) -> str:
        return self.sentence.format(
            source_language=names[0], target_language=names[1], source=source
        )


class TranslationPrompts(RootModel[dict[str, TranslationPrompt]], frozen=True):
    """The prompts that a study may choose from: name -> prompt."""

    def choose(self, name: str) -> TranslationPrompt:
        """Give the prompt of a name.

        Raises:
            Refusal: if there is none; names those that there are.
        """
        if name not in self.root:
            raise Refusal(
                f"translation.template is {name!r}, which translation_prompts lacks."
                f"{suggest(name, self.root)} It has: {', '.join(sorted(self.root))}."
            )
        return self.root[name]
