from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.language_models.batching import BatchRunner
from isogloss.language_models.fingerprints import model_fingerprint, settle_writing_budget
from isogloss.language_models.generation import CPU_TOKEN_BUDGET, generate_texts
from tests.models import local_model

TinyModel = Callable[[str], Path]


def test_in_float32_batches_are_no_part_of_the_fingerprint(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    lm = local_model(tiny_model("llama"), tmp_path, "llama")
    assert model_fingerprint(lm, token_budget=7) == lm.identity()


def test_in_half_precision_batches_and_device_are(tiny_model: TinyModel, tmp_path: Path) -> None:
    lm = local_model(tiny_model("llama"), tmp_path, "llama", dtype="bfloat16")
    expected = {**lm.identity(), "token_budget": 7, "device": "cpu"}
    assert model_fingerprint(lm, token_budget=7) == expected


def test_the_writing_budget_is_the_one_that_texts_are_written_with(
    tiny_model: TinyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    run = BatchRunner.run

    def watch(self: BatchRunner, lengths: Any, forward: Any) -> Any:
        used.append(self.budget)
        return run(self, lengths, forward)

    monkeypatch.setattr(BatchRunner, "run", watch)
    lm = local_model(tiny_model("llama"), tmp_path, "llama")
    with lm.open() as loaded:
        generate_texts(loaded, ["old"], [1])
        generate_texts(loaded, ["old"], [1], token_budget=9)
    assert used == [settle_writing_budget(lm, "auto"), settle_writing_budget(lm, 9)]
    assert used == [CPU_TOKEN_BUDGET, 9]
