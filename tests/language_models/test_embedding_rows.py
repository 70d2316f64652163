from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers

from isogloss.language_models.embedding_rows import embedding_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

hf: Any = transformers
TEXTS = ["The capital of France is Paris", "old bridge"]


def _model(folder: Path) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = hf.AutoConfig.from_pretrained(folder, num_labels=3)
        return hf.AutoModelForSequenceClassification.from_config(config).eval()


def _batch(folder: Path) -> dict[str, torch.Tensor]:
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    return dict(tokenizer(TEXTS, padding=True, return_tensors="pt"))


def _gradients(model: Any, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    model(**batch, labels=torch.tensor([0, 2])).loss.backward()
    return {name: one.grad for name, one in model.named_parameters() if one.grad is not None}


# XLM-R counts positions from ids that differ from its padding id: it must see the real ids.
@pytest.mark.parametrize("architecture", ["bert", "xlm_roberta"])
def test_a_model_with_some_rows_computes_the_same_and_has_their_gradients(
    tiny_model: Callable[[str], Path], architecture: str
) -> None:
    folder = tiny_model(architecture)
    batch = _batch(folder)
    expected = _gradients(_model(folder), batch)
    model = _model(folder)
    table = model.get_input_embeddings()
    whole, padding = table.weight, table.padding_idx
    tokens = {*batch["input_ids"].flatten().tolist(), 90}
    with embedding_rows(model, tokens) as used:
        assert used.rows.tolist() == sorted(tokens)
        assert table.weight.shape == (len(tokens), 32)
        found = _gradients(model, batch)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        rows = gradient[used.rows] if name == used.name else gradient
        torch.testing.assert_close(found[name], rows, rtol=0, atol=0)
    assert float(found[used.name].abs().sum()) > 0
    assert table.weight is whole
    assert table.padding_idx == padding


def test_tokens_that_were_not_announced_are_refused_and_the_table_comes_back(
    tiny_model: Callable[[str], Path],
) -> None:
    folder = tiny_model("bert")
    model, batch = _model(folder), _batch(folder)
    before = model(**batch).logits
    table = model.get_input_embeddings().weight
    with pytest.raises(IndexError), embedding_rows(model, {0, 1}):
        model(**batch)
    assert model.get_input_embeddings().weight is table
    assert torch.equal(model(**batch).logits, before)
