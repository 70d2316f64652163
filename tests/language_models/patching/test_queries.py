from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import PatchPair, PatchSite, Position, expand
from tests.language_models.patching import naive
from tests.language_models.patching.models import make_model
from tests.language_models.patching.test_patches import FIVE, PAIRS, effects

# What makes the queries of a layer, and units from one head's queries to the next one's.
QUERIES = {
    "llama": ("model.layers.{}.self_attn.q_proj", 8),
    "gemma3": ("model.layers.{}.self_attn.q_proj", 8),
    "opt": ("model.decoder.layers.{}.self_attn.q_proj", 8),
    "gpt_neox": ("gpt_neox.layers.{}.attention.query_key_value", 24),
    "bloom": ("transformer.h.{}.self_attention.query_key_value", 24),
}


@pytest.mark.parametrize("family", FIVE)
def test_queries_are_patched_by_themselves(family: str) -> None:
    loaded = make_model(family)
    name, step = QUERIES[family]
    sites = [PatchSite("query", 1, 2), PatchSite("query", 2, 0), PatchSite("query", 3, 3)]
    positions: list[tuple[Position, ...]] = [(7, 19), ((12, 25), 11), (19, 3)]
    run = run_patches(loaded, PAIRS, sites, positions)
    for number, (pair, places) in enumerate(zip(PAIRS, positions, strict=True)):
        for row, site in enumerate(sites):
            module = loaded.model.get_submodule(name.format(site.layer - 1))
            units = slice(site.head * step, site.head * step + 8)
            for column, place in enumerate(places):
                tokens = list(expand(place))
                expected = with_queries(loaded.model, pair, module, units, tokens)
                found = run.noising[number][row, column]
                np.testing.assert_allclose(found, expected[list(pair.answers)], atol=1e-4)
    assert np.abs(effects(run, 0)).max() > 1e-5


def with_queries(
    model: Any, pair: PatchPair, module: torch.nn.Module, units: slice, tokens: list[int]
) -> torch.Tensor:
    taken: list[torch.Tensor] = []
    handle = module.register_forward_hook(lambda module, args, output: taken.append(output.clone()))
    naive.logits(model, pair.donor)
    handle.remove()

    def put(module: Any, args: Any, output: torch.Tensor) -> torch.Tensor:
        output = output.clone()
        output[0, tokens, units] = taken[0][0, tokens, units]
        return output

    handle = module.register_forward_hook(put)
    try:
        return naive.logits(model, pair.base)
    finally:
        handle.remove()
