"""How a template, a topic and a country become the text of a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC, COUNTRY = "{topic}", "{country}"
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
IDENTIFIER_DIGITS = 16


def fill_template(template: str, topic: str, sentence: str = "") -> str:
    """Put a topic, and a sentence that names a country, into a template.

    What is put in is text: braces in it mean nothing.

    Args:
        template: holds `{topic}` once, and may hold a line `{country}`.
        topic: stands for `{topic}`.
        sentence: stands in the line `{country}`; without one the line is left out.
    """
    before, _, after = template.partition(TOPIC)
    return _fill_country(before, sentence) + topic + _fill_country(after, sentence)


def _fill_country(part: str, sentence: str) -> str:
    if sentence:
        return part.replace(COUNTRY, sentence, 1)
    return part.replace(f"{COUNTRY}\n", "", 1)


def fault_of_template(text: str) -> str:
    """Say what is wrong with the placeholders of a template; nothing if they are right.

    Args:
        text: of the template, in one language.
    """
    found = PLACEHOLDER.findall(text)
    if found.count(TOPIC) != 1:
        return f"holds {TOPIC} {found.count(TOPIC)} times: write it exactly once"
    if unknown := [name for name in found if name not in (TOPIC, COUNTRY)]:
        return f"holds {unknown[0]}, which nothing fills: there are {TOPIC} and {COUNTRY}"
    lines = text.split("\n")
    if found.count(COUNTRY) != lines[:-1].count(COUNTRY) or found.count(COUNTRY) > 1:
        return f"must hold {COUNTRY} at most once, on a line of its own that is not the last"
    return ""


def identify_prompt(prompt: Mapping[str, object]) -> str:
    """Give the identifier of a prompt: hexadecimal digits of a digest of all that it consists of.

    Args:
        prompt: name of a column -> value.
    """
    return digest(dict(prompt))[:IDENTIFIER_DIGITS]
