from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
import torch

from isogloss.language_models.output_layer import choose_logit_reader
from isogloss.language_models.prefix_pass import PrefixPass, can_continue
from isogloss.language_models.prefix_tree import build_prefix_tree

Opened = Callable[..., AbstractContextManager[Any]]
TOKENS = (5, 6, 7, 8, 9, 10, 11, 12)
ARGUMENTS = {"input_ids": torch.tensor([TOKENS])}


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_neox", "bloom", "opt"])
def test_states_are_those_of_whole_texts(opened: Opened, architecture: str) -> None:
    # Longer than the window of 16 tokens of Gemma here; lengths differ at every level.
    stem = list(range(10, 32))
    sequences = [
        [*stem, 40, 41, 42],
        [*stem, 40, 41, 43, 44],
        [*stem, 50],
        [*stem[:7], 60, 61],
        [70, 71],
    ]
    tree = build_prefix_tree(sequences, lambda run, rows, start: True)
    seen: dict[int, torch.Tensor] = {}
    with opened(architecture) as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)

        def visit(rows: Sequence[int], states: torch.Tensor) -> int:
            for place, row in enumerate(rows):
                seen[row] = states[place, : len(tree.nodes[row].tokens)]
            return len(rows)

        assert sum(PrefixPass(loaded, reader, tree, 1000).run(visit)) == len(tree.nodes)
        for sequence, leaf in zip(sequences, tree.leaves, strict=True):
            found = torch.cat([seen[node] for node in tree.path(leaf)])
            expected = loaded.backbone(input_ids=torch.tensor([sequence])).last_hidden_state[0]
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_a_model_is_tried_before_it_goes_on_from_prefixes(opened: Opened) -> None:
    with opened("llama") as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)
        assert can_continue(loaded, reader, TOKENS)
        assert can_continue(loaded, reader, TOKENS[:4])
        assert not can_continue(loaded, reader, TOKENS[:3])


def test_a_model_that_forgets_what_it_read_is_found_out(opened: Opened) -> None:
    with opened("llama") as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)
        forward = loaded.backbone.forward

        def forgetful(past_key_values: Any = None, **arguments: Any) -> Any:
            mask = arguments.pop("attention_mask")[:, -arguments["input_ids"].shape[1] :]
            return forward(attention_mask=mask, **arguments)

        loaded.backbone.forward = forgetful
        assert not can_continue(loaded, reader, TOKENS)


def test_a_model_that_counts_positions_anew_is_found_out(opened: Opened) -> None:
    with opened("llama") as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)
        forward = loaded.backbone.forward

        def anew(position_ids: Any = None, **arguments: Any) -> Any:
            ids = arguments["input_ids"]
            return forward(position_ids=torch.arange(ids.shape[1])[None], **arguments)

        loaded.backbone.forward = anew
        assert not can_continue(loaded, reader, TOKENS)
