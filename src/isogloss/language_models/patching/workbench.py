"""What is found out about a model before it is patched.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from isogloss.language_models.batching import Batch, BatchRunner, TokenBudget
from isogloss.language_models.layer_states import backbone_arguments
from isogloss.language_models.output_layer import LogitReader, choose_logit_reader
from isogloss.language_models.patching.decoder import Decoder, take_apart
from isogloss.language_models.patching.restart import can_cut_last_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.language_models.loading import LoadedModel

TRIAL_TOKENS = 8


@dataclass(frozen=True)
class Workbench:
    """A model, ready to be patched.

    Attributes:
        decoder: taken apart.
        reader: the cheapest way to its logits.
        runner: forms batches.
        cut_last: whether its last block can do with the last token alone.
    """

    decoder: Decoder
    reader: LogitReader
    runner: BatchRunner
    cut_last: bool


def set_up(
    loaded: LoadedModel, sequences: Sequence[tuple[int, ...]], token_budget: TokenBudget
) -> Workbench:
    """Take a model apart and try what it allows.

    Args:
        loaded: an open causal model.
        sequences: that will be read.
        token_budget: tokens a batch, padding included, or `auto`.

    Raises:
        Refusal: if it cannot be patched.
    """
    sample = max(sequences, key=len)
    decoder = take_apart(loaded, sample)
    ids = torch.tensor([sample[:TRIAL_TOKENS]], device=loaded.device)
    batch = Batch(ids, torch.ones_like(ids), torch.zeros_like(ids, dtype=torch.bool), "right")
    reader = choose_logit_reader(loaded, backbone_arguments(loaded, batch))
    runner = BatchRunner(reader.affordable(loaded.token_budget(token_budget)))
    return Workbench(decoder, reader, runner, can_cut_last_block(decoder, reader, sample))
