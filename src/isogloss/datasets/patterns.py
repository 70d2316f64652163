"""File names with placeholders such as `{language}`."""

from __future__ import annotations

import re


def to_expression(pattern: str, placeholders: str = r"\w+") -> re.Pattern[str]:
    """Turn a pattern into a regular expression whose groups are its placeholders.

    Args:
        pattern: a path in which a placeholder may occur more than once, each time with one value.
        placeholders: regular expression of the names that are placeholders; other braces are plain.
    """
    seen: set[str] = set()
    expression = ""
    for part in re.split(rf"(\{{(?:{placeholders})\}})", pattern):
        name = part[1:-1]
        if not re.fullmatch(rf"\{{(?:{placeholders})\}}", part):
            expression += re.escape(part)
        elif name in seen:
            expression += f"(?P={name})"
        else:
            seen.add(name)
            expression += rf"(?P<{name}>[A-Za-z0-9_-]+)"
    return re.compile(expression)


def with_braces(pattern: str, placeholders: str) -> str:
    """Give a pattern in which placeholders written `<locale>` are written `{locale}`.

    In an entry for any model, `{model}.x`, Kedro takes braces for names of its own.

    Args:
        pattern: with either or both.
        placeholders: regular expression of the names that are placeholders.
    """
    return re.sub(rf"<({placeholders})>", r"{\1}", pattern)
