from __future__ import annotations

import re
import tracemalloc
from dataclasses import replace

import pytest

from benchmarks.alignment import correlated_vectors
from benchmarks.results import Result, Results
from benchmarks.scale import render_scale
from benchmarks.scale_chat import hours_of_asking, render_chat
from benchmarks.scale_study import (
    SHAPE,
    Holding,
    Study,
    extend_lengths,
    make_study,
    outline_shape,
)
from isogloss.language_models.outline import ModelOutline
from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.similarity import working

OUTLINE = ModelOutline(
    layers=80, hidden_size=8192, max_length=100, block_weights=int(68e9), attention_width=655_360,
    head_weights=int(1e9), total_weights=int(70e9), quantised_weights=int(68e9),
)  # fmt: skip
STUDY = Study(OUTLINE, {f"l{n}": [40] * 1012 for n in range(200)}, teraflops=500.0)
ALIGNMENT = Result(
    title="Alignment", method="m",
    facts={
        "outcome_bytes": 50.0,
        "product_operations_per_second": 1e11,
        "seconds_per_cell_beside_the_product": 1e-8,
    },
)  # fmt: skip
REPRESENTATION = Result(title="R", method="m", facts={"share_of_peak_bfloat16": 0.5})
TEXTS = Result(
    title="T", method="m",
    facts={"length_quantiles": [[10, 20], [30, 50]], "tokens_per_sentence": 27.5},
)  # fmt: skip
CHAT = Result(
    title="C", method="m",
    facts={
        "seconds_per_request": 0.002,
        "added_seconds_per_request": 0.001,
        "bytes_per_answer_beside_its_text": 400.0,
        "seconds_per_answer_read": 1e-5,
    },
)  # fmt: skip


def test_embeddings_take_what_a_hand_reckons() -> None:
    # 81 states x 8192 x 4 bytes x 202,400 sentences x 3 poolings
    assert STUDY.planned("gigabytes") == pytest.approx(1611.635, abs=0.01)
    assert STUDY.planned("gigabytes", poolings=1) == pytest.approx(1611.635 / 3, abs=0.01)


def test_memory_follows_the_group_of_languages() -> None:
    assert STUDY.planned("memory_gigabytes") == pytest.approx(1611.635 * 8 / 200, abs=0.01)
    assert STUDY.planned("memory_gigabytes", group_size=1) == pytest.approx(8.058, abs=0.001)


def test_hours_are_operations_by_rate() -> None:
    # A sentence of 40 tokens: 2 x 68e9 x 40 + 4 x 655,360 x 1,600 operations.
    operations = 202_400 * (5.44e12 + 4.194304e9)
    assert STUDY.planned("hours") == pytest.approx(operations / 500e12 / 3600)
    assert STUDY.planned("tokens") == 202_400 * 40


def test_equal_sentences_need_no_padding() -> None:
    assert STUDY.padding() == 0


def test_batches_fill_half_of_what_weights_of_four_bits_leave() -> None:
    # (80e9 - 68e9 x (4 + 32/64) / 8 - 2e9 x 2) / 2 / (64 states x 8192 x 2 bytes)
    assert STUDY.budget() == 18_000


def test_weights_in_bfloat16_leave_less_on_each_of_two() -> None:
    assert STUDY.whole == Holding("bfloat16, `device: all`", "none", 2)
    assert STUDY.weights_on_each(STUDY.whole) == 70e9
    # (80e9 - 70e9) / 2 / (64 states x 8192 x 2 bytes): 119 sentences of 40 tokens a batch, and 69
    # batches for the 8 x 1012 sentences of each of 25 groups.
    assert STUDY.budget(STUDY.whole) == 4_768
    assert STUDY.planned("passes", holding=STUDY.whole) == 25 * 69


def test_alignment_works_in_what_its_arrays_take() -> None:
    languages, n, hidden = 12, 200, 800
    outline = replace(OUTLINE, hidden_size=hidden)
    study = Study(outline, {f"l{number}": [40] * n for number in range(languages)}, 1.0)
    settings = Settings((60, 100), 4, matrix_bytes=0)
    with working(1) as workers:
        tracemalloc.start()
        vectors = correlated_vectors(0, languages, n, hidden)
        for _ in range(2):
            measure_layer(vectors, settings, workers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert study.alignment_memory() + study.thread_memory() == pytest.approx(peak, rel=0.1)


def test_outcomes_of_a_pooling() -> None:
    assert STUDY.alignment_bytes(50, 19_900, 1012) == 50 * 19_900 * 1012 * 81


def test_alignment_takes_its_product_and_what_its_cells_cost() -> None:
    # 1e6 cells: 2 x 1e6 x 8192 / 1e11 + 1e6 x 1e-8 seconds in each of 81 states
    assert STUDY.alignment_seconds(ALIGNMENT, 1e6) == pytest.approx(81 * (0.16384 + 0.01))


def test_lengths_are_taken_in_turn() -> None:
    found = extend_lengths([[10, 20], [30, 50]], languages=3, sentences=4)
    assert list(found.values()) == [[10, 10, 20, 20], [30, 30, 50, 50], [10, 10, 20, 20]]


def test_the_shape_has_as_many_weights_as_its_name_says() -> None:
    small = SHAPE | {"num_hidden_layers": 1}
    outline = outline_shape(small)
    block = 8192 * (8192 * 2 + 1024 * 2) + 3 * 8192 * 28672
    assert outline.block_weights == block
    assert outline.head_weights == 128_256 * 8192
    assert 80 * block + 2 * outline.head_weights == pytest.approx(70.55e9, rel=0.001)


def test_a_share_measured_on_a_gpu_is_taken_before_that_of_the_processor() -> None:
    both = {"share_of_peak_bfloat16": 0.5, "share_of_peak_gpu": 0.4}
    with_gpu = REPRESENTATION.model_copy(update={"facts": both})
    assert make_study(TEXTS, REPRESENTATION).teraflops == pytest.approx(494.5)
    assert make_study(TEXTS, with_gpu).teraflops == pytest.approx(395.6)


def test_hours_of_asking() -> None:
    assert hours_of_asking(10_000, 10, 64) == pytest.approx(0.434, abs=0.001)


def test_chat_is_reckoned_from_what_was_measured() -> None:
    text = render_chat(CHAT)
    assert "| requests | 500,000 |" in text
    assert "| tokens of answers, at most | 300 million |" in text
    assert "+ 300 x output price" in text
    # 500,000 x .001 s, 500,000 x .002 s, 500,000 x (400 + 600 x 3) bytes, 500,000 x 1e-5 s
    assert "| what the chat layer takes | 8.33 minutes | 1 ms a request" in text
    assert "a server that answers at once | 16.7 minutes | 2 ms a request" in text
    assert "| disk | 1.10 GB |" in text
    assert "| reading all answers again | 5 seconds |" in text


def test_the_page_holds_the_plan_and_says_where_its_rate_comes_from() -> None:
    found = {
        "texts": TEXTS, "representation": REPRESENTATION, "alignment": ALIGNMENT, "chat": CHAT,
    }  # fmt: skip
    text = render_scale(Results(benchmarks=found))
    assert "| `{model}.embeddings` | 1.61 TB |" in text
    assert "since no GPU was at hand" in text
    assert "they are spread over 2 of them (`device: all`)" in text.replace("\n", " ")
    assert "| `quantisation: 4bit` | 42.7 GB | 17,781 |" in text
    assert "| bfloat16, `device: all` | 70.6 GB | 4,504 |" in text


def test_what_rests_on_the_rate_of_another_machine_has_two_digits() -> None:
    found = {
        "texts": TEXTS, "representation": REPRESENTATION, "alignment": ALIGNMENT, "chat": CHAT,
    }  # fmt: skip
    text = render_scale(Results(benchmarks=found))
    assert "| rate | 490 TFLOP/s | 989 (H100 SXM, bfloat16, dense, NVIDIA's datasheet) x 0.50," in (
        text
    )
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `quant")]
    hours = [rows[0][place].removesuffix(" |") for place in (5, 6, 8)]
    assert all(re.fullmatch(r"0\.\d\d|\d\.\d", cell) for cell in hours), hours
    times = [line for line in text.splitlines() if line.startswith("| all pairs, 1,012")]
    assert times[0].endswith("| 20 days |")


def test_a_page_without_measurements_says_which_are_missing() -> None:
    text = render_scale(Results(benchmarks={"texts": TEXTS}))
    assert "representation, alignment, chat" in text
