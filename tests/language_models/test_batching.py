from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoTokenizer

from isogloss.corpora import Sentence
from isogloss.language_models.batching import (
    CPU_TOKEN_BUDGET,
    MAX_CUDA_TOKEN_BUDGET,
    BatchRunner,
    EncodedSentence,
    encode_sentences,
    pad_batch,
    plan_batches,
    resolve_budget,
)


def _encoded(*lengths: int) -> list[EncodedSentence]:
    return [
        EncodedSentence("eng", str(n), tuple(range(1, n + 1)), (True, *(False,) * (n - 1)), n)
        for n in lengths
    ]


def test_batches_hold_like_lengths_within_the_budget_longest_first() -> None:
    assert plan_batches([3, 9, 4, 4, 1], budget=12) == [[1], [2, 3, 0], [4]]
    assert plan_batches([20], budget=12) == [[0]]
    assert plan_batches([], budget=12) == []


def test_padding_goes_to_either_side_and_masks_follow() -> None:
    right = pad_batch(_encoded(3, 1))
    assert right.input_ids.tolist() == [[1, 2, 3], [1, 0, 0]]
    assert right.attention_mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert right.special_tokens_mask.tolist() == [[True, False, False], [True, True, True]]
    left = pad_batch(_encoded(3, 1), padding_side="left")
    assert left.input_ids.tolist() == [[1, 2, 3], [0, 0, 1]]
    assert left.attention_mask.tolist() == [[1, 1, 1], [0, 0, 1]]


@pytest.mark.parametrize(
    "shortage",
    [
        MemoryError(),
        torch.OutOfMemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_the_budget_is_halved_when_memory_runs_out(
    shortage: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    sizes: list[int] = []

    def forward(positions: list[int]) -> int:
        sizes.append(len(positions))
        if len(positions) > 2:
            raise shortage
        return sum(positions)

    with caplog.at_level(logging.WARNING):
        results = list(BatchRunner(40).run([5] * 8, forward))
    assert sizes == [8, 4, 2, 2, 2, 2]
    assert sorted(position for batch, _ in results for position in batch) == list(range(8))
    assert [value for _, value in results] == [1, 5, 9, 13]
    assert "batches of 10 tokens" in caplog.text


def test_batches_that_were_done_are_not_repeated_after_a_shortage() -> None:
    done: list[int] = []

    def forward(positions: list[int]) -> None:
        if len(positions) == 3:
            raise MemoryError
        done.extend(positions)

    list(BatchRunner(9).run([9, 9, 2, 2, 2], forward))
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_a_single_sentence_that_does_not_fit_is_an_error() -> None:
    def forward(positions: list[int]) -> None:
        raise MemoryError

    with pytest.raises(MemoryError, match="single text of 7 tokens"):
        list(BatchRunner(14).run([7, 7], forward))


def test_other_errors_pass_through() -> None:
    def forward(positions: list[int]) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        list(BatchRunner(14).run([7, 7], forward))


def test_a_stated_budget_is_kept_and_auto_suits_the_cpu() -> None:
    cpu = torch.device("cpu")
    assert resolve_budget(77, 1, {cpu: 0}) == 77
    assert resolve_budget("auto", 1, {cpu: 0}) == CPU_TOKEN_BUDGET


def test_auto_on_cuda_rests_on_the_hardware_and_not_on_what_is_free_just_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda, gib = torch.device("cuda", 0), 2**30
    hardware = SimpleNamespace(total_memory=16 * gib)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: hardware)
    assert resolve_budget("auto", 2**20, {cuda: 8 * gib}) == 4096
    assert resolve_budget("auto", 1, {cuda: 8 * gib}) == MAX_CUDA_TOKEN_BUDGET
    assert resolve_budget("auto", 2**20, {cuda: 20 * gib}) == CPU_TOKEN_BUDGET


def test_of_several_devices_that_with_the_least_memory_left_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gib = 2**30
    hardware = {0: SimpleNamespace(total_memory=16 * gib), 1: SimpleNamespace(total_memory=8 * gib)}
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: hardware[device.index])
    weights = {torch.device("cuda", 0): 9 * gib, torch.device("cuda", 1): 4 * gib}
    assert resolve_budget("auto", 2**20, weights) == 2048
    weights[torch.device("cuda", 0)] = 14 * gib
    assert resolve_budget("auto", 2**20, weights) == 1024


def test_long_sentences_are_cut_before_the_closing_token_or_refused(
    tiny_model: Callable[[str], Path],
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model("xlm_roberta"))
    sentence = Sentence("eng", "7", "The capital of France is Paris")
    (whole,) = encode_sentences(tokenizer, [sentence], None)
    (cut,) = encode_sentences(tokenizer, [sentence], 5)
    assert not whole.truncated
    assert cut.truncated
    assert cut.full_length == len(whole.ids)
    assert cut.ids == (*whole.ids[:4], whole.ids[-1])
    assert cut.special == (True, False, False, False, True)
    (exact,) = encode_sentences(tokenizer, [sentence], len(whole.ids), "refuse")
    assert exact == whole
    with pytest.raises(ValueError, match=rf"7 of eng has {len(whole.ids)} tokens, more than .* 5"):
        encode_sentences(tokenizer, [sentence], 5, "refuse")
    with pytest.raises(ValueError, match="leaves no room"):
        encode_sentences(tokenizer, [sentence], 2)


def test_a_sentence_without_tokens_is_refused_by_name(tiny_model: Callable[[str], Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model("bert"))
    with pytest.raises(ValueError, match="Sentence 12 of deu has no token"):
        encode_sentences(tokenizer, [Sentence("deu", "12", "  ")], 64)
