"""Asking a model for the next token of several rows at a time, step by step."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from isogloss.language_models.loading import LoadedModel


def start_writing(
    loaded: LoadedModel, prompts: Sequence[tuple[int, ...]]
) -> DecoderSteps | EncoderDecoderSteps:
    """Give what asks a model for the tokens that follow some prompts.

    Args:
        loaded: an open causal or seq2seq model.
        prompts: token ids.
    """
    if loaded.kind == "causal":
        return DecoderSteps(loaded, prompts)
    return EncoderDecoderSteps(loaded, prompts)


def _pad(
    prompts: Sequence[tuple[int, ...]], device: torch.device, *, left: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Put prompts into one array; give it and its mask."""
    import torch

    width = max(map(len, prompts))
    ids = torch.zeros(len(prompts), width, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        place = slice(width - len(prompt), width) if left else slice(0, len(prompt))
        ids[row, place] = torch.tensor(prompt)
        mask[row, place] = 1
    return ids.to(device), mask.to(device)


class DecoderSteps:
    """A causal model that is asked for the next token of several rows, step by step.

    Prompts are padded at the left, so that all rows end at the same column; positions are stated,
    and every layer holds all keys and values: exact for every kind of positions and for windows.
    """

    def __init__(self, loaded: LoadedModel, prompts: Sequence[tuple[int, ...]]) -> None:
        from transformers import DynamicCache

        self._loaded = loaded
        self._known = inspect.signature(loaded.model.forward).parameters
        self._ids, self._mask = _pad(prompts, loaded.device, left=True)
        self._cache = DynamicCache()

    def step(self) -> torch.Tensor:
        """Give the logits of the next token: [rows, vocabulary]."""
        arguments: dict[str, Any] = {
            "input_ids": self._ids,
            "attention_mask": self._mask,
            "past_key_values": self._cache,
            "use_cache": True,
        }
        if "position_ids" in self._known:
            positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
            arguments["position_ids"] = positions[:, -self._ids.shape[1] :]
        if "logits_to_keep" in self._known:
            arguments["logits_to_keep"] = 1
        logits: torch.Tensor = self._loaded.model(**arguments).logits[:, -1]
        return logits

    def go_on(self, tokens: Sequence[int], rows: Sequence[int]) -> None:
        """Append a token to some rows and leave out the others."""
        import torch

        if len(rows) < len(self._mask):
            self._cache.batch_select_indices(torch.tensor(rows))
        self._mask = torch.nn.functional.pad(self._mask[list(rows)], (0, 1), value=1)
        self._ids = torch.tensor(tokens, device=self._loaded.device)[:, None]


class EncoderDecoderSteps:
    """A seq2seq model that has read its prompts and is asked for what it writes, step by step."""

    def __init__(self, loaded: LoadedModel, prompts: Sequence[tuple[int, ...]]) -> None:
        import torch
        from transformers import DynamicCache, EncoderDecoderCache

        self._loaded = loaded
        ids, self._mask = _pad(prompts, loaded.device, left=False)
        output = loaded.backbone(input_ids=ids, attention_mask=self._mask)
        self._read = output.last_hidden_state
        start = loaded.model.config.decoder_start_token_id
        self._ids = torch.full((len(prompts), 1), start, device=loaded.device)
        self._cache = EncoderDecoderCache(DynamicCache(), DynamicCache())

    def step(self) -> torch.Tensor:
        """Give the logits of the next token: [rows, vocabulary]."""
        logits: torch.Tensor = self._loaded.model(
            encoder_outputs=(self._read,),
            attention_mask=self._mask,
            decoder_input_ids=self._ids,
            past_key_values=self._cache,
            use_cache=True,
        ).logits[:, -1]
        return logits

    def go_on(self, tokens: Sequence[int], rows: Sequence[int]) -> None:
        """Append a token to some rows and leave out the others."""
        import torch

        if len(rows) < len(self._mask):
            self._cache.batch_select_indices(torch.tensor(rows))
            self._mask, self._read = self._mask[list(rows)], self._read[list(rows)]
        self._ids = torch.tensor(tokens, device=self._loaded.device)[:, None]
