from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.language_models.batching import BatchRunner
from isogloss.language_models.fingerprints import model_fingerprint, settle_writing_budget
from isogloss.language_models.generation import CPU_TOKEN_BUDGET, generate_texts

TinyModel = Callable[[str], Path]


def _handle(tiny_model: TinyModel, tmp_path: Path, dtype: str) -> LanguageModel:
    settings: dict[str, Any] = {"kind": "causal", "dtype": dtype, "device": "cpu"}
    specification = ModelSpecification(path=str(tiny_model("llama")), **settings)
    return LanguageModel("llama", specification, str(tmp_path))


def test_in_float32_batches_are_no_part_of_the_fingerprint(
    tiny_model: TinyModel, tmp_path: Path
) -> None:
    lm = _handle(tiny_model, tmp_path, "float32")
    assert model_fingerprint(lm, token_budget=7) == lm.identity()


def test_in_half_precision_batches_and_device_are(tiny_model: TinyModel, tmp_path: Path) -> None:
    lm = _handle(tiny_model, tmp_path, "bfloat16")
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
    lm = _handle(tiny_model, tmp_path, "float32")
    with lm.open() as loaded:
        generate_texts(loaded, ["old"], [1])
        generate_texts(loaded, ["old"], [1], token_budget=9)
    assert used == [settle_writing_budget(lm, "auto"), settle_writing_budget(lm, 9)]
    assert used == [CPU_TOKEN_BUDGET, 9]
