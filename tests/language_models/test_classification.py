from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import save_file

from isogloss.corpora import Sentence
from isogloss.errors import NotFiniteError
from isogloss.language_models import LanguageModel, ModelError, ModelSpecification
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import CheckpointContent, write_checkpoint
from isogloss.language_models.classification import (
    ClassifierShell,
    in_float32,
    open_classifier,
    predict_logits,
)
from tests.models import local_model

if TYPE_CHECKING:
    from pathlib import Path

hf: Any = transformers

LABELS = ("alarm_set", "play_music", "weather_query")
TEXTS = (
    "old bridge",
    "The capital of France is Paris and the water is cold",
    "water",
    "Die Hauptstadt von Frankreich ist Paris",
    "People read the house letters while children play",
)
SENTENCES = [Sentence("eng", str(place), text) for place, text in enumerate(TEXTS)]
# Weights that a classifier has beyond its encoder.
HEADS = {
    "bert": {"classifier.weight", "classifier.bias"},
    "xlm_roberta": {
        "classifier.dense.weight",
        "classifier.dense.bias",
        "classifier.out_proj.weight",
        "classifier.out_proj.bias",
    },
}
Classified = Callable[[str], AbstractContextManager[ClassifierShell]]


@pytest.fixture
def classified(tiny_model: Callable[[str], Path], tmp_path: Path) -> Classified:
    @contextmanager
    def opened(architecture: str) -> Iterator[ClassifierShell]:
        lm = local_model(tiny_model(architecture), tmp_path, kind="encoder")
        with open_classifier(lm, LABELS) as classifier:
            yield classifier

    return opened


@pytest.mark.parametrize("architecture", HEADS)
def test_a_classifier_is_the_encoder_with_a_head_that_depends_on_the_seed_alone(
    classified: Classified, tiny_model: Callable[[str], Path], architecture: str
) -> None:
    encoder = hf.AutoModel.from_pretrained(tiny_model(architecture)).state_dict()
    with classified(architecture) as classifier:
        state, prefix = classifier.state(), f"{classifier.model.base_model_prefix}."
        heads = [classifier.draw_head(seed) for seed in (0, 0, 1)]
        assert not classifier.model.training
    assert set(heads[0]) == HEADS[architecture]
    matrices = [name for name in heads[0] if name.endswith("weight")]
    for name in heads[0]:
        assert torch.equal(heads[0][name], heads[1][name])
        assert torch.equal(heads[0][name], state[name])
    for name in matrices:
        assert not torch.equal(heads[0][name], heads[2][name])
    body = {name for name in state if name.startswith(prefix)}
    assert body | set(heads[0]) == set(state)
    for name in body:
        assert torch.equal(state[name], encoder[name.removeprefix(prefix)]), name


@pytest.mark.parametrize("architecture", HEADS)
def test_batches_give_the_logits_of_texts_read_one_by_one_in_their_order(
    classified: Classified, tiny_model: Callable[[str], Path], architecture: str
) -> None:
    tokenizer = hf.AutoTokenizer.from_pretrained(tiny_model(architecture))
    read: list[int] = []
    with classified(architecture) as classifier:
        texts = classifier.encode(SENTENCES)
        logits = predict_logits(classifier, texts, token_budget=32, advance=read.append)
        with torch.inference_mode():
            expected = [
                classifier.model(**tokenizer(text, return_tensors="pt")).logits[0].numpy()
                for text in TEXTS
            ]
    assert logits.dtype == np.float32
    assert logits.shape == (5, 3)
    assert sum(read) == sum(len(tokenizer(text)["input_ids"]) for text in TEXTS)
    assert len(read) > 1
    np.testing.assert_allclose(logits, np.stack(expected), rtol=1e-5, atol=1e-6)
    assert np.unique(logits, axis=0).shape == (5, 3)  # a wrong order would show


@pytest.mark.parametrize("architecture", HEADS)
def test_transformers_loads_what_state_and_config_say(
    classified: Classified, tmp_path: Path, architecture: str
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    with classified(architecture) as classifier:
        texts = classifier.encode(SENTENCES[:1])
        expected = predict_logits(classifier, texts)
        save_file(classifier.state(), folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps(classifier.config))
        family = type(classifier.model).__name__
    model, report = hf.AutoModelForSequenceClassification.from_pretrained(
        folder, output_loading_info=True
    )
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    assert model.config.architectures == [family]
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model.config.label2id == {label: place for place, label in enumerate(LABELS)}
    with torch.inference_mode():
        found = model(input_ids=torch.tensor([texts[0].ids])).logits.numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_weights_are_exchanged_while_texts_stay_as_they_are(
    classified: Classified, tmp_path: Path
) -> None:
    with classified("bert") as classifier:
        texts = classifier.encode(SENTENCES)
        first, state = predict_logits(classifier, texts), classifier.state()
        other = {name: tensor + 0.01 * (tensor + 1) for name, tensor in state.items()}
        classifier.put(other)
        second = predict_logits(classifier, texts)
        classifier.put({name: tensor.double() for name, tensor in state.items()})
        third = predict_logits(classifier, texts)
        content = CheckpointContent(other, classifier.config, "digest")
        write_checkpoint(content, tmp_path / "other.safetensors")
        classifier.put_checkpoint(open_checkpoint(tmp_path / "other.safetensors"))
        fourth = predict_logits(classifier, texts)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(first, third)
    np.testing.assert_array_equal(second, fourth)


def test_numbers_of_positions_that_older_versions_saved_are_passed_over(
    classified: Classified, tmp_path: Path
) -> None:
    with classified("bert") as classifier:
        old = {**classifier.state(), "bert.embeddings.position_ids": torch.arange(64)[None]}
        classifier.put(old)
        write_checkpoint(CheckpointContent(old, classifier.config, ""), tmp_path / "o.safetensors")
        classifier.put_checkpoint(open_checkpoint(tmp_path / "o.safetensors"))
        with pytest.raises(ModelError, match=r"1 tensors .*bert\.embeddings\.other"):
            classifier.put({**old, "bert.embeddings.other": torch.arange(64)})


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_weight_that_no_text_needs_is_still_looked_at(
    classified: Classified, tmp_path: Path, value: float
) -> None:
    with classified("bert") as classifier:
        state = classifier.state()
        state["bert.embeddings.position_embeddings.weight"][-1, 0] = value
        path = tmp_path / "damaged.safetensors"
        write_checkpoint(CheckpointContent(state, classifier.config, ""), path)
        message = r"damaged\.safetensors: 'bert.embeddings.position_embeddings.weight' holds an inf"
        with pytest.raises(NotFiniteError, match=message):
            classifier.put_checkpoint(open_checkpoint(path))


def test_a_copied_state_does_not_change_with_the_classifier(classified: Classified) -> None:
    with classified("bert") as classifier:
        state = classifier.state()
        bias = state["classifier.bias"].clone()
        classifier.put({name: tensor + 1 for name, tensor in state.items()})
    assert torch.equal(state["classifier.bias"], bias)


def test_weights_of_another_shape_are_refused_by_name(classified: Classified) -> None:
    with classified("bert") as classifier:
        state = classifier.state()
        wider = {**state, "classifier.bias": torch.zeros(4)}
        with pytest.raises(ModelError, match=r"1 tensors .*classifier\.bias: given .*4.*\(3,\)"):
            classifier.put(wider)
        del state["classifier.bias"]
        with pytest.raises(ModelError, match="given none"):
            classifier.put(state)


def test_long_texts_are_cut_and_say_so(classified: Classified) -> None:
    with classified("bert") as classifier:
        whole = classifier.encode(SENTENCES)
        cut = classifier.encode(SENTENCES, max_length=6)
        repeated = classifier.encode([Sentence("eng", "long", "water " * 100)], max_length=1000)
    assert not any(text.truncated for text in whole)
    lengths = [len(text.ids) for text in whole]
    assert [text.truncated for text in cut] == [length > 6 for length in lengths]
    assert [len(text.ids) for text in cut] == [min(6, length) for length in lengths]
    # The closing token of the whole text stays; the model's own limit holds whatever is asked.
    assert all(text.ids[-1] == full.ids[-1] for text, full in zip(cut, whole, strict=True))
    assert (len(repeated[0].ids), repeated[0].full_length) == (64, 102)


def test_no_texts_give_no_logits(classified: Classified) -> None:
    with classified("bert") as classifier:
        assert predict_logits(classifier, []).shape == (0, 3)


def test_damaged_weights_are_noticed(classified: Classified) -> None:
    with classified("bert") as classifier:
        state = classifier.state()
        state["classifier.bias"][1] = torch.nan
        classifier.put(state)
        with pytest.raises(NotFiniteError, match="5 texts .* first being 0 of eng"):
            predict_logits(classifier, classifier.encode(SENTENCES))


def test_only_whole_encoders_become_classifiers() -> None:
    decoder = ModelSpecification(kind="causal", path="somewhere")
    with pytest.raises(ModelError, match="kind 'causal'"):
        in_float32(LanguageModel("gpt", decoder, "models"))
    quantised = ModelSpecification(kind="encoder", path="somewhere", quantisation="8bit")
    with pytest.raises(ModelError, match="quantised \\(8bit\\)"):
        in_float32(LanguageModel("bert", quantised, "models"))
    half = ModelSpecification(kind="encoder", path="somewhere", dtype="bfloat16")
    assert in_float32(LanguageModel("bert", half, "models")).specification.dtype == "float32"


def test_nothing_is_held_after_closing(classified: Classified) -> None:
    with classified("bert") as classifier:
        assert classifier.model is not None
    assert classifier.model is None
