"""JSON that other programs, or people, have written."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes) -> Any:
    """Parse a JSON text.

    Args:
        text: of any origin.

    Raises:
        ValueError: if it is no JSON, or nested deeper than any honest text.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its lists or objects are nested too deep") from None
