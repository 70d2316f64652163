"""Folders as `save_pretrained` leaves them, of classifiers of a few numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LABELS = ("alarm_set", "music_play", "weather_query")


def save_classifier(
    folder: Path, value: float = 0.0, labels: Sequence[str] | None = LABELS, tokenizer: str = "one"
) -> Path:
    """Write a model whose weights are a value; without labels the configuration names none."""
    folder.mkdir(parents=True)
    config: dict[str, Any] = {"model_type": "bert"}
    if labels is not None:
        config["id2label"] = {str(number): label for number, label in enumerate(labels)}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps({"model": tokenizer}))
    tensors = {"body.weight": torch.full((4, 3), value), "classifier.weight": torch.ones(3, 4)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
