from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import transformers

from isogloss.pipelines.merging.spelling import spelling_table
from tests.models import word_tokenizer

hf: Any = transformers


@pytest.fixture
def tokenizer() -> Any:
    return word_tokenizer(["play", "music"])


def test_unknown_tokens_are_counted_by_locale_over_all_partitions(tokenizer: Any) -> None:
    rows = [
        ("sw-KE", "train", "0", "cheza music"),  # 1 of 2 unknown
        ("en-US", "train", "0", "play music"),
        ("sw-KE", "test", "1", "cheza nyimbo cheza"),  # 3 of 3
        ("en-US", "dev", "1", "music"),
        ("sw-KE", "dev", "2", "play play music"),  # 0 of 3
    ]
    intents = pd.DataFrame(rows, columns=["locale", "partition", "item_id", "text"])
    table = spelling_table(tokenizer, intents, unknown_limit=0.4)
    expected = {
        "locale": ["en-US", "sw-KE"],
        "tokens": [3, 8],
        "unknown_tokens": [0, 4],
        "unknown_share": [0.0, 0.5],
        "utterances": [2, 3],
        "utterances_with_unknown": [0, 2],
        "spelled": [True, False],
    }
    assert table.to_dict("list") == expected
    # The limit itself is still within the limit.
    assert spelling_table(tokenizer, intents, unknown_limit=0.5)["spelled"].all()
