"""Tables of parallel sentences for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd


def tabulate_sentences(texts: Mapping[str, Sequence[str]], first: int = 0) -> pd.DataFrame:
    """Make `parallel_sentences` of the texts of each language, numbered from `first`."""
    rows = [
        (language, str(number), text)
        for language, own in texts.items()
        for number, text in enumerate(own, start=first)
    ]
    return pd.DataFrame(rows, columns=["language", "sentence_id", "text"])
