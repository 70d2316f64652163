"""Names that can stand in a namespace, a file name and a table."""

from __future__ import annotations

import re

from isogloss.errors import Refusal

SLUG = re.compile(r"[a-z][a-z0-9_]*")


def require_slug(name: str) -> None:
    """Refuse a model name that Kedro or a file system would misread.

    Raises:
        Refusal: if the name has other characters than lower-case letters, digits and `_`.
    """
    if not SLUG.fullmatch(name):
        suggestion = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        if suggestion[:1].isdigit():
            suggestion = f"model_{suggestion}"
        raise Refusal(
            f"'{name}' cannot name a model: use lower-case letters, digits and '_', "
            f"for example '{suggestion or 'my_model'}'."
        )
