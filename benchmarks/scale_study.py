"""What a study of a large model takes: the project's own plan, fed with what was measured."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from benchmarks.results import Result
from benchmarks.setting import handle
from benchmarks.texts import padding_share
from isogloss.language_models.batching import (
    CPU_TOKEN_BUDGET,
    MAX_CUDA_TOKEN_BUDGET,
    working_bytes,
)
from isogloss.language_models.outline import ModelOutline, outline_model
from isogloss.language_models.placement import WEIGHTS_SHARE
from isogloss.language_models.pooling import POOLINGS
from isogloss.pipelines.alignment.parameters import AlignmentParameters
from isogloss.pipelines.representation.parameters import RepresentationParameters
from isogloss.pipelines.representation.plan import Workload, plan_table

LANGUAGES, SENTENCES, SAMPLE = 200, 1012, 100
# The shape of Llama 3.1 70B (The Llama 3 Herd of Models, 2024, arXiv 2407.21783, table 3).
SHAPE: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8192,
    "intermediate_size": 28672,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
}
H100_TERAFLOPS = 989.0
"""bfloat16, dense: half of the 1,979 with sparsity of NVIDIA's datasheet of the H100 SXM."""
H100_BYTES = 80e9
DTYPE_BYTES, STORED_BYTES = 2, 4
"""Of a weight in bfloat16, and of a number that is stored (float32)."""


@dataclass(frozen=True)
class Holding:
    """How weights lie on H100s.

    Attributes:
        setting: of the model's entry that makes it so.
        quantisation: of the weights.
        devices: over which they are spread; one computes while the others wait.
    """

    setting: str
    quantisation: str
    devices: int


QUANTISED = Holding("`quantisation: 4bit`", "4bit", 1)


@dataclass(frozen=True)
class Study:
    """So many languages and sentences in one model.

    Attributes:
        outline: shape and cost of the model.
        lengths: language -> tokens of its sentences.
        teraflops: rate of whole passes, in 1e12 operations a second.
    """

    outline: ModelOutline
    lengths: dict[str, list[int]]
    teraflops: float

    @property
    def states(self) -> int:
        """Hidden states of a token: those of all layers, and the embedding output."""
        return self.outline.layers + 1

    @property
    def sentences(self) -> int:
        """Sentences of a language."""
        return len(next(iter(self.lengths.values())))

    @property
    def whole(self) -> Holding:
        """How weights in bfloat16 lie: over as few H100s as hold them."""
        room = WEIGHTS_SHARE * H100_BYTES
        devices = math.ceil(self.outline.weight_bytes("none", DTYPE_BYTES) / room)
        return Holding("bfloat16, `device: all`", "none", devices)

    def weights_on_each(self, holding: Holding) -> float:
        """Give the bytes of weights on each GPU, shared out evenly."""
        return self.outline.weight_bytes(holding.quantisation, DTYPE_BYTES) / holding.devices

    def budget(self, holding: Holding = QUANTISED) -> int:
        """Give the tokens a batch that fit beside the weights on an H100, as `auto` reckons."""
        left = H100_BYTES - self.weights_on_each(holding)
        fitting = left / 2 / working_bytes(self.outline.hidden_size, DTYPE_BYTES)
        return int(max(CPU_TOKEN_BUDGET, min(MAX_CUDA_TOKEN_BUDGET, fitting)))

    def padding(self, holding: Holding = QUANTISED) -> float:
        """Give the share of what is computed that is padding, in the default groups of languages.

        Args:
            holding: decides the batches.
        """
        group = RepresentationParameters().group_size
        return padding_share(Workload(self.lengths, self.budget(holding), group))

    def hours(self, stage: str, holding: Holding) -> float:
        """Give the hours of a stage, padding included.

        Args:
            stage: of the plan.
            holding: decides the batches.
        """
        return self.planned("hours", stage) / (1 - self.padding(holding))

    def plan(
        self,
        poolings: int = len(POOLINGS),
        group_size: int | None = None,
        holding: Holding = QUANTISED,
    ) -> pd.DataFrame:
        """Plan with the project's own planner, a row a stage.

        Args:
            poolings: how many are stored.
            group_size: languages that are read together; None is the default.
            holding: decides the batches.
        """
        group = group_size or RepresentationParameters().group_size
        return plan_table(
            "70B",
            Workload(self.lengths, self.budget(holding), group),
            self.outline,
            poolings,
            1000 * self.teraflops,
            self.outline.weight_bytes(holding.quantisation, DTYPE_BYTES),
            causal=True,
        )

    def planned(
        self,
        column: str,
        stage: str = "embed_sentences",
        poolings: int = len(POOLINGS),
        group_size: int | None = None,
        holding: Holding = QUANTISED,
    ) -> float:
        """Give one number of the plan.

        Args:
            column: of the plan.
            stage: its row.
            poolings: how many are stored.
            group_size: languages that are read together; None is the default.
            holding: decides the batches.
        """
        plan = self.plan(poolings, group_size, holding)
        return float(plan.loc[plan["stage"] == stage, column].item())

    def alignment_bytes(self, each: float, pairs: int, sentences: int) -> float:
        """Give the bytes of the outcomes of one pooling and sample.

        Args:
            each: bytes a pair, sentence and layer.
            pairs: of languages.
            sentences: of the sample.
        """
        return each * pairs * sentences * self.states

    def alignment_memory(self) -> float:
        """Give the bytes in which a layer of one pooling is aligned, without what a thread has.

        While a layer is read there are four copies of its vectors: languages one by one, all as
        one array, and the unit and the centred vectors of the layer before. While it is measured
        there are three of them, four matrices as large as all Gram matrices in float64, and the
        tables: 17 bytes for both directions of a pair and sentence, 16 and 4 a pool for the pair.
        """
        languages, n = len(self.lengths), self.sentences
        layer = STORED_BYTES * languages * n * self.outline.hidden_size
        grams = 8 * languages * n**2
        pools = sum(size < n for size in AlignmentParameters().pool_sizes)
        pairs = languages * (languages - 1) // 2
        tables = n * (17 * languages**2 + (16 + 4 * pools) * pairs)
        return max(4 * layer, 3 * layer + 4 * grams + tables)

    def thread_memory(self) -> float:
        """Give the bytes that each thread works in: two float32 and two bool arrays of a block."""
        return 10 * len(self.lengths) * float(self.sentences) ** 2

    def alignment_seconds(self, result: Result, cells: float) -> float:
        """Give the seconds that alignment takes for one pooling on the measured cores.

        The product takes 2 operations a cell and dimension at the measured peak, twice, since a
        matrix this large is computed by row blocks; the rest takes as long a cell as measured.

        Args:
            result: of the benchmark of alignment.
            cells: cosines of a layer, the two halves counted.
        """
        product = 2.0 * cells * self.outline.hidden_size
        seconds = product / result.fact("product_operations_per_second")
        seconds += cells * result.fact("seconds_per_cell_beside_the_product")
        return seconds * self.states


def outline_shape(shape: dict[str, Any] | None = None) -> ModelOutline:
    """Outline a model from its published shape, without weights."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        file.write_text(json.dumps(shape or SHAPE), encoding="utf-8")
        tokenizer = SimpleNamespace(name_or_path=folder, model_max_length=2**17)
        return outline_model(handle(Path(folder), "bfloat16"), tokenizer)


def extend_lengths(
    quantiles: list[list[int]], languages: int = LANGUAGES, sentences: int = SENTENCES
) -> dict[str, list[int]]:
    """Give so many languages the measured lengths, in turn, each length for equally many sentences.

    Args:
        quantiles: a language: lengths that stand for equally many of its sentences.
        languages: wanted.
        sentences: wanted of each.
    """
    chosen = islice(cycle(quantiles), languages)
    return {
        f"language {number}": [own[place * len(own) // sentences] for place in range(sentences)]
        for number, own in enumerate(chosen)
    }


def make_study(texts: Result, representation: Result) -> Study:
    """Make the study from what was measured.

    Args:
        texts: lengths of sentences.
        representation: share of the peak.
    """
    quantiles = texts.facts["length_quantiles"]
    if not isinstance(quantiles, list):
        raise TypeError("length_quantiles must be a table")
    name = share_name(representation)
    rate = H100_TERAFLOPS * representation.fact(name)
    return Study(outline_shape(), extend_lengths(quantiles), rate)


def share_name(representation: Result) -> str:
    """Name the share of the peak to plan with: a GPU's where one was measured."""
    gpu = "share_of_peak_gpu"
    return gpu if gpu in representation.facts else "share_of_peak_bfloat16"
