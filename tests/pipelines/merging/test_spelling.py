from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing

from isogloss.pipelines.merging.spelling import spelling_table

hf: Any = transformers


@pytest.fixture
def tokenizer() -> Any:
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "play": 4, "music": 5}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]"
    )


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
