"""Keeping a key out of all that is written, and text of servers fit to be shown."""

from __future__ import annotations

import json
from itertools import groupby

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
        # As it stands in a text, and as it stands in JSON.
        forms = {secret, json.dumps(secret)[1:-1]} if len(secret) >= SHORTEST_SECRET else set()
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
