"""Keeping a key out of all that is written, and text of servers fit to be shown."""

from __future__ import annotations

import json
import re
from itertools import groupby
from urllib.parse import quote, quote_plus

MASK = "<key>"
SHORTEST_SECRET = 8
"""Shorter ones (`EMPTY`, `none`) are stand-ins for servers that want no key."""
SHOWN = 300
"""Characters of a server's message."""


class Scrubber:
    """Masks a key that a server sends back.

    Args:
        secret: the key; one shorter than eight characters is none.
    """

    def __init__(self, secret: str) -> None:
        forms = _written(secret) if len(secret) >= SHORTEST_SECRET else set()
        self._forms = sorted(forms, key=len, reverse=True)
        self._parts = {
            form[start : start + SHORTEST_SECRET]
            for form in forms
            for start in range(len(form) - SHORTEST_SECRET + 1)
        }

    def __repr__(self) -> str:
        return "Scrubber()"

    def data(self, text: str) -> str:
        """Mask the whole key; answers are data and stay otherwise as they are."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def message(self, text: str) -> str:
        """Give what can be shown of a message: one line, no control codes, no part of the key."""
        plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
        hidden = bytearray(len(plain))
        for start in range(len(plain) - SHORTEST_SECRET + 1):
            if plain[start : start + SHORTEST_SECRET] in self._parts:
                hidden[start : start + SHORTEST_SECRET] = b"\1" * SHORTEST_SECRET
        masked = "".join(
            MASK if is_key else "".join(one for one, _ in group)
            for is_key, group in groupby(zip(plain, hidden, strict=True), key=lambda pair: pair[1])
        )
        return masked if len(masked) <= SHOWN else f"{masked[:SHOWN]}..."


def _written(secret: str) -> set[str]:
    """Give the key as it stands in a text, in JSON, and in addresses (codes in either case)."""
    encoded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    lower = {re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), form) for form in encoded}
    return {secret, json.dumps(secret)[1:-1], *encoded, *lower}
