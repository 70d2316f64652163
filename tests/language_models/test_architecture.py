from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from isogloss.language_models.architecture import (
    DEFAULT_MAX_LENGTH,
    examine_hidden_states,
    longest_input,
    require_all_weights,
)
from isogloss.language_models.specification import ModelError


class _Backbone(torch.nn.Module):
    """Two blocks, each with a norm of its own; with or without one after the last."""

    def __init__(self, *, final_norm: bool, block_ends_with_norm: bool) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(10, 4)
        self.norm_of_embedding = torch.nn.LayerNorm(4)
        self.blocks = torch.nn.ModuleList(torch.nn.LayerNorm(4) for _ in range(2))
        self.last = torch.nn.LayerNorm(4) if final_norm else torch.nn.Identity()
        self.scale = 1.0 if block_ends_with_norm else 2.0

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, output_hidden_states: bool
    ) -> SimpleNamespace:
        states = [self.norm_of_embedding(self.embedding(input_ids))]
        for block in self.blocks:
            states.append(self.scale * block(states[-1] + 1.0) + states[-1] * (self.scale - 1))
        states[-1] = self.last(states[-1])
        return SimpleNamespace(hidden_states=tuple(states))


@pytest.mark.parametrize("block_ends_with_norm", [True, False])
@pytest.mark.parametrize("final_norm", [True, False])
def test_norm_inside_a_block_is_no_final_norm(final_norm: bool, block_ends_with_norm: bool) -> None:
    backbone = _Backbone(final_norm=final_norm, block_ends_with_norm=block_ends_with_norm)
    shape = examine_hidden_states(backbone, torch.tensor([[1, 2, 3]]))
    assert (shape.layers, shape.hidden_size, shape.final_norm) == (2, 4, final_norm)
    assert not any(module._forward_hooks for module in backbone.modules())


def _model(padding: int | None = None, **config: int) -> SimpleNamespace:
    settings = SimpleNamespace(**config)
    settings.get_text_config = lambda: settings
    embedding = torch.nn.Embedding(20, 4, padding_idx=padding)
    modules = [("embeddings.position_embeddings", embedding)]
    return SimpleNamespace(config=settings, named_modules=lambda: modules)


@pytest.mark.parametrize(
    ("padding", "config", "tokenizer", "expected"),
    [
        (None, {"max_position_embeddings": 512}, 10**30, 512),
        (1, {"max_position_embeddings": 514}, 10**30, 512),
        (1, {"max_position_embeddings": 514}, 256, 256),
        (None, {"max_position_embeddings": 512}, 1024, 512),
        (None, {"n_positions": 1024}, 10**30, 1024),
        (None, {}, 512, 512),
        (None, {}, 10**30, DEFAULT_MAX_LENGTH),
    ],
)
def test_longest_input(
    padding: int | None, config: dict[str, int], tokenizer: int, expected: int
) -> None:
    limit = SimpleNamespace(model_max_length=tokenizer)
    assert longest_input(_model(padding, **config), limit) == expected


def test_missing_weights_are_refused_but_for_the_pooler() -> None:
    require_all_weights("tiny", "encoder", {"missing_keys": {"pooler.dense.weight"}})
    with pytest.raises(ModelError, match=r"lack 1 weights of a model of kind 'causal'.*lm_head"):
        require_all_weights("tiny", "causal", {"missing_keys": {"lm_head.weight"}})
