from __future__ import annotations

import json
import logging
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch

from isogloss.corpora import Sentence
from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel, ModelError
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import CheckpointContent, write_checkpoint
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.partitions import Partitions, StoredPartitions
from isogloss.pipelines.merging.finetuning_nodes import (
    finetune_classifiers,
    predict_sources,
    profile_spelling,
)
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.provenance import sources_of
from tests.pipelines.merging.tiny_encoder import PARAMETERS, RECIPE

if TYPE_CHECKING:
    from pathlib import Path

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.language_models.classification import ClassifierShell

MERGING = MergingParameters()
LABELS = ("alarm_set", "play_music")


def _made(partitions: Partitions[Any], *names: str) -> dict[str, Any]:
    return dict(partitions.compute(names or list(partitions.items)))


def _same(one: CheckpointContent, other: CheckpointContent) -> bool:
    return all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


def _exchanged(
    trained: StoredPartitions[Checkpoint], **others: Checkpoint
) -> StoredPartitions[Checkpoint]:
    """Give the classifiers with others in the place of some, named with _ for -."""

    def load(name: str) -> Checkpoint:
        other = others.get(name.replace("-", "_"))
        return trained[name]() if other is None else other

    return replace(trained, loader=load)


def _rewritten(checkpoint: Checkpoint, path: Path, **changes: Any) -> Checkpoint:
    state, digest = checkpoint.state_dict(), checkpoint.tokenizer_digest
    content = CheckpointContent(state, checkpoint.config, digest)
    write_checkpoint(replace(content, **changes), path)
    return open_checkpoint(path)


def test_locales_that_cannot_be_spelled_are_flagged_with_their_share(
    lm: LanguageModel, intents: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    table = profile_spelling(lm, intents, MergingParameters()).set_index("locale")
    assert table["spelled"].to_dict() == {"de-DE": True, "en-US": True, "zh-CN": False}
    assert table["unknown_tokens"].to_dict() == {"de-DE": 0, "en-US": 0, "zh-CN": 34}
    assert table["utterances"].tolist() == [34, 34, 34]
    assert "words cannot spell 1 of 3 locales" in caplog.text
    assert set(sources_of(table)) == {"tokenizer", "texts", "settings"}


def test_locales_that_cannot_be_spelled_are_refused_if_asked(
    lm: LanguageModel, intents: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match=r"zh-CN \d\d\.\d% \(limit 2\.0%\)"):
        profile_spelling(lm, intents, MergingParameters(unspelled="refuse"))
    spelled = intents[intents["locale"] != "zh-CN"]
    assert profile_spelling(lm, spelled, MergingParameters(unspelled="refuse"))["spelled"].all()


def test_every_locale_becomes_a_classifier_that_has_learnt_it(
    lm: LanguageModel, intents: pd.DataFrame, openings: list[str]
) -> None:
    partitions = finetune_classifiers(lm, intents, PARAMETERS, MERGING)
    assert list(partitions.items) == ["base-0", "de-DE-0", "en-US-0", "zh-CN-0"]
    assert openings == []
    made = _made(partitions)
    assert openings == ["opened", "closed"]
    german = made["de-DE-0"]
    assert german.config["id2label"] == dict(zip("01", LABELS, strict=True))
    assert german.config["architectures"] == ["BertForSequenceClassification"]
    assert german.tokenizer_digest == lm.tokenizer_digest() != ""
    assert german.metadata["locale"] == "de-DE"
    notes = {key: json.loads(german.metadata[key]) for key in ("recipe", "history", "best_epoch")}
    assert notes["recipe"] == RECIPE.model_dump()
    assert (german.metadata["train_rows"], german.metadata["dev_rows"]) == ("24", "6")
    assert [scores["epoch"] for scores in notes["history"]] == [1, 2, 3, 4, 5, 6]
    assert notes["history"][notes["best_epoch"] - 1]["dev_accuracy"] == 1.0
    assert made["base-0"].metadata == {"encoder": "words", "locale": "base", "seed": "0"}


def test_all_start_from_one_base_of_their_seed(lm: LanguageModel, intents: pd.DataFrame) -> None:
    still = PARAMETERS.model_copy(
        update={
            "recipe": RECIPE.model_copy(
                update={"learning_rate": 1e-12, "head_learning_rate": 1e-12, "epochs": 1}
            ),
        }
    )
    made = _made(finetune_classifiers(lm, intents, still, MergingParameters(seeds=(0, 1))))
    assert len(made) == 8
    for seed in (0, 1):
        base = made[f"base-{seed}"].tensors
        for locale in ("de-DE", "en-US", "zh-CN"):
            for name, tensor in made[f"{locale}-{seed}"].tensors.items():
                torch.testing.assert_close(tensor, base[name], rtol=0, atol=1e-9)
    heads = [made[f"base-{seed}"].tensors["classifier.weight"] for seed in (0, 1)]
    assert not torch.equal(*heads)


def test_a_resumed_run_makes_the_same_bits(lm: LanguageModel, intents: pd.DataFrame) -> None:
    partitions = finetune_classifiers(lm, intents, PARAMETERS, MERGING)
    whole = _made(partitions)
    assert _same(_made(partitions, "en-US-0")["en-US-0"], whole["en-US-0"])
    assert not _same(whole["de-DE-0"], whole["en-US-0"])


def test_each_classifier_is_handed_over_before_the_next_one_is_made(
    lm: LanguageModel, intents: pd.DataFrame, openings: list[str]
) -> None:
    partitions = finetune_classifiers(lm, intents, PARAMETERS, MERGING)
    stream = iter(partitions.compute(list(partitions.items)))
    assert [next(stream)[0], next(stream)[0]] == ["base-0", "de-DE-0"]
    assert openings == ["opened"]
    stream.close()  # type: ignore[attr-defined]
    assert openings == ["opened", "closed"]


def test_what_is_computed_anew_follows_from_what_has_changed(
    lm: LanguageModel, intents: pd.DataFrame
) -> None:
    before = finetune_classifiers(lm, intents, PARAMETERS, MERGING)
    edited = intents.copy()
    own = (edited["locale"] == "en-US") & (edited["partition"] == "train")
    edited.loc[own.idxmax(), "text"] = "a b music"
    after = finetune_classifiers(lm, edited, PARAMETERS, MERGING)
    assert after.fingerprint == before.fingerprint
    changed = [name for name in before.items if before.items[name] != after.items[name]]
    assert changed == ["en-US-0"]
    tested = intents.copy()
    tested.loc[intents["partition"] == "test", "text"] = "a"
    assert finetune_classifiers(lm, tested, PARAMETERS, MERGING).items == before.items
    other = PARAMETERS.model_copy(update={"recipe": RECIPE.model_copy(update={"epochs": 2})})
    assert finetune_classifiers(lm, intents, other, MERGING).fingerprint != before.fingerprint
    # The half precision of other rooms is none of this one's business.
    half = replace(lm, specification=lm.specification.model_copy(update={"dtype": "bfloat16"}))
    assert (
        finetune_classifiers(half, intents, PARAMETERS, MERGING).fingerprint == before.fingerprint
    )


def test_a_locale_without_enough_rows_is_refused_with_its_numbers(
    lm: LanguageModel, intents: pd.DataFrame
) -> None:
    few = intents[~((intents["locale"] == "zh-CN") & (intents["partition"] == "dev"))]
    few = few[~((few["locale"] == "en-US") & (few["item_id"] == "train3"))]
    with pytest.raises(
        Refusal, match=r"2 of 3 locales .*en-US \(23 train, 6 dev\), zh-CN \(24 train, 0 dev\)"
    ):
        finetune_classifiers(lm, few, PARAMETERS, MERGING)


def test_labels_are_those_of_all_locales_and_partitions(
    lm: LanguageModel, intents: pd.DataFrame
) -> None:
    rare = intents.copy()
    rare.loc[rare.index[-1], "intent"] = "weather_query"
    made = _made(finetune_classifiers(lm, rare, PARAMETERS, MERGING), "de-DE-0")
    assert list(made["de-DE-0"].config["label2id"]) == [*LABELS, "weather_query"]
    assert made["de-DE-0"].tensors["classifier.weight"].shape == (3, 16)


def test_the_joint_classifier_takes_the_steps_of_one_locale(
    lm: LanguageModel, intents: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    joint = PARAMETERS.model_copy(update={"joint": True})
    partitions = finetune_classifiers(lm, intents, joint, MERGING)
    assert list(partitions.items)[-1] == "joint-0"
    assert partitions.items["joint-0"]["rows_per_epoch"] == 24
    made = _made(partitions, "joint-0")["joint-0"]
    assert (made.metadata["train_rows"], made.metadata["dev_rows"]) == ("72", "18")
    assert "joint, seed 0: accuracy" in caplog.text
    assert "on 18 dev rows" in caplog.text


def test_texts_that_are_cut_are_counted(
    lm: LanguageModel, intents: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    long = intents.copy()
    row = long[(long["locale"] == "de-DE") & (long["item_id"] == "dev1")].index[0]
    long.loc[row, "text"] = "a b c d e f a b c d e f wecker"
    _made(finetune_classifiers(lm, long, PARAMETERS, MERGING), "de-DE-0")
    assert "de-DE: 1 of 30 texts are too long and were cut" in caplog.text


def test_decoders_are_no_classifiers(lm: LanguageModel, intents: pd.DataFrame) -> None:
    decoder = replace(lm, specification=lm.specification.model_copy(update={"kind": "causal"}))
    with pytest.raises(ModelError, match="made from encoders only"):
        finetune_classifiers(decoder, intents, PARAMETERS, MERGING)


def test_every_source_classifies_dev_and_test_of_every_locale(
    lm: LanguageModel,
    intents: pd.DataFrame,
    trained: StoredPartitions[Checkpoint],
    openings: list[str],
) -> None:
    shuffled = intents.sample(frac=1, random_state=0)
    predictions = predict_sources(lm, trained, shuffled, PARAMETERS)
    assert list(predictions.items) == ["de-DE-0", "en-US-0", "zh-CN-0"]
    logits = _made(predictions)
    assert openings == ["opened", "closed"]
    with open_classifier(lm, LABELS) as classifier:
        for source, table in logits.items():
            classifier.put(trained[source]().state_dict())
            assert json.loads(table.metadata["labels"]) == list(LABELS)
            assert len(table.names()) == 6
            for locale, partition in product(("de-DE", "en-US", "zh-CN"), ("dev", "test")):
                found = table.tensors[f"{locale}.{partition}"]
                rows = intents[(intents["locale"] == locale) & (intents["partition"] == partition)]
                expected = _one_by_one(classifier, rows.sort_values("item_id"))
                assert found.dtype == np.float32
                np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    test = intents[(intents["locale"] == "en-US") & (intents["partition"] == "test")]
    right = [LABELS[place] for place in logits["en-US-0"].tensors["en-US.test"].argmax(1)]
    assert right == list(test.sort_values("item_id")["intent"])


def _one_by_one(classifier: ClassifierShell, rows: pd.DataFrame) -> Any:
    texts = classifier.encode([Sentence("x", "0", text) for text in rows["text"]])
    return np.concatenate([predict_logits(classifier, [text]) for text in texts])


def test_classes_are_brought_into_one_order_by_name(
    lm: LanguageModel,
    intents: pd.DataFrame,
    trained: StoredPartitions[Checkpoint],
    tmp_path: Path,
) -> None:
    german = trained["de-DE-0"]()
    turned = {
        name: tensor.flip(0).contiguous() if name.startswith("classifier") else tensor
        for name, tensor in german.state_dict().items()
    }
    config = {**german.config, "id2label": dict(zip("10", LABELS, strict=True))}
    other = _rewritten(german, tmp_path / "other.safetensors", tensors=turned, config=config)
    assert other.labels == LABELS[::-1]
    stored = _exchanged(trained, zh_CN_0=other)
    logits = _made(predict_sources(lm, stored, intents, PARAMETERS))
    for name, expected in logits["de-DE-0"].tensors.items():
        np.testing.assert_allclose(logits["zh-CN-0"].tensors[name], expected, rtol=1e-5, atol=1e-6)


def test_classifiers_with_other_labels_or_tokens_fail_while_the_others_answer(
    lm: LanguageModel,
    intents: pd.DataFrame,
    trained: StoredPartitions[Checkpoint],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    german, path = trained["de-DE-0"](), tmp_path / "other.safetensors"
    config = {**german.config, "id2label": {"0": "alarm_set", "1": "play_radio"}}
    other = _exchanged(trained, en_US_0=_rewritten(german, path, config=config))
    made = _made(predict_sources(lm, other, intents, PARAMETERS))
    assert "lacks play_music; only it has play_radio" in made["en-US-0"].reason
    assert made["de-DE-0"].tensors["de-DE.test"].shape == (4, 2)
    other = _exchanged(trained, en_US_0=_rewritten(german, path, tokenizer_digest="other"))
    [failure] = _made(predict_sources(lm, other, intents, PARAMETERS), "en-US-0").values()
    assert "was made with another tokenizer than that of words" in failure.reason
    assert "not known" not in caplog.text
    other = _exchanged(trained, en_US_0=_rewritten(german, path, tokenizer_digest=""))
    _made(predict_sources(lm, other, intents, PARAMETERS), "en-US-0")
    assert "en-US-0: its tokenizer is not known to be that of words" in caplog.text


def test_predictions_are_computed_anew_when_classifiers_or_texts_change(
    lm: LanguageModel, intents: pd.DataFrame, trained: StoredPartitions[Checkpoint]
) -> None:
    before = predict_sources(lm, trained, intents, PARAMETERS)
    edited = intents.copy()
    edited.loc[edited["partition"] == "test", "text"] = "a b music"
    after = predict_sources(lm, trained, edited, PARAMETERS)
    assert after.fingerprint != before.fingerprint
    assert after.items == before.items
    items = {**trained.item_fingerprints, "de-DE-0": {"seed": 0, "train": "other"}}
    again = predict_sources(lm, replace(trained, item_fingerprints=items), intents, PARAMETERS)
    assert [name for name in again.items if again.items[name] != before.items[name]] == ["de-DE-0"]
    assert again.fingerprint == before.fingerprint
    shuffled = predict_sources(lm, trained, intents.sample(frac=1, random_state=0), PARAMETERS)
    assert (shuffled.fingerprint, shuffled.items) == (before.fingerprint, before.items)
