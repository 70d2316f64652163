"""Embedding sentences with Gemma 3 270M: this project against the way of the MEXA reference.

The reference reads one sentence at a time in float32 with the whole model, output layer included,
takes all token states out as numpy arrays and pools them there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import representation_growth
from benchmarks.machine import package_version
from benchmarks.measurement import (
    measure_seconds,
    ratio,
    spread,
)
from benchmarks.memory import apart, forget_peak, peak_memory
from benchmarks.numbers import write_count
from benchmarks.peak import gpu_product_rate
from benchmarks.results import Measure, Result, Spread
from benchmarks.sentences import choose_few, count_tokens, read_sentences
from benchmarks.setting import Setting, handle
from isogloss.corpora import Sentence
from isogloss.language_models.batching import CPU_TOKEN_BUDGET
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.language_models.outline import Machine, outline_model

SENTENCES = 20
REFERENCE_SENTENCES = 4
ROUNDS = 5
DTYPES = ("bfloat16", "float32")
OURS, THEIRS = "isogloss", "MEXA way"
PEER = "MEXA's way: one sentence at a time, output layer included"


@dataclass
class Contestant:
    """A way to embed sentences, and what it took.

    Attributes:
        name: of the way and its dtype.
        work: reads the sentences.
        lengths: tokens of each sentence.
        flops: operations of backbone matrices and attention on real tokens.
        peak: measures the matrix-product rate of its dtype.
        seconds: of the rounds.
        shares: of the peak that was measured just before and after, of the rounds.
    """

    name: str
    work: Callable[[], object]
    lengths: list[int]
    flops: float
    peak: Callable[[], float]
    seconds: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def take_turn(self, *, counted: bool) -> None:
        """Read once, between two measurements of the peak: neighbours slow both alike."""
        before = self.peak()
        spent = measure_seconds(self.work)
        rate = (before + self.peak()) / 2
        if counted:
            self.seconds.append(spent)
            self.shares.append(self.flops / spent / rate)

    @property
    def tokens(self) -> int:
        """Tokens of all sentences."""
        return sum(self.lengths)

    @property
    def mean_length(self) -> float:
        """Tokens a sentence."""
        return self.tokens / len(self.lengths)

    @property
    def per_token(self) -> list[float]:
        """Seconds a token, of the rounds."""
        return [seconds / self.tokens for seconds in self.seconds]


def embed_as_mexa(loaded: Any, sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Embed one sentence at a time with the whole model, pooling in numpy."""
    results = []
    for sentence in sentences:
        inputs = loaded.tokenizer(sentence.text, return_tensors="pt").to(loaded.device)
        with torch.no_grad():
            output = loaded.model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                output_hidden_states=True,
            )
        states = [layer[0].float().cpu().numpy() for layer in output.hidden_states]
        position = np.arange(1, states[0].shape[0] + 1)[:, None]
        results.append(
            {
                "weighted": [(layer * position).sum(0) / position.sum() for layer in states],
                "last": [layer[-1] for layer in states],
            }
        )
    return results


WAYS: dict[str, Callable[[Any, Sequence[Sentence]], object]] = {
    OURS: pool_sentences,
    THEIRS: embed_as_mexa,
}


def few(tokenizer: Any, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Choose the sentences that the slow way reads, on average as long as all."""
    # A sentence alone takes hardly less for being short, so shorter ones would cost more a token.
    return choose_few(sentences, count_tokens(tokenizer, sentences), REFERENCE_SENTENCES)


@contextmanager
def contestants(
    folder: Path, sentences: Sequence[Sentence], device: str, dtypes: Sequence[str]
) -> Iterator[dict[str, Contestant]]:
    """Open the model once a dtype and give both ways in each."""
    with ExitStack() as stack:
        found: dict[str, Contestant] = {}
        for dtype in dtypes:
            lm = handle(folder, dtype, device)
            loaded = stack.enter_context(lm.open())
            outline = outline_model(lm, lm.tokenizer())
            rate = Machine([torch.device("cpu")], getattr(torch, dtype)).measure_product_rate
            peak = rate if device == "cpu" else partial(gpu_product_rate, dtype)
            chosen = few(loaded.tokenizer, sentences)
            for way, read in ((OURS, list(sentences)), (THEIRS, chosen)):
                lengths = count_tokens(loaded.tokenizer, read)
                flops = sum(map(outline.backbone_flops, lengths))
                work = partial(WAYS[way], loaded, read)
                name = f"{way} {dtype}"
                found[name] = Contestant(name, work, lengths, flops, peak)
        yield found


def run_rounds(found: dict[str, Contestant], rounds: int) -> None:
    """Let all contestants take turns, the first time unmeasured."""
    for turn in range(rounds + 1):
        for contestant in found.values():
            contestant.take_turn(counted=turn > 0)


def compare(found: dict[str, Contestant], where: str = "") -> list[Measure]:
    """Set both ways beside each other, as each is used and in equal dtypes."""
    peer = f"{PEER} ({package_version('transformers')})"
    slow = {name: one.per_token for name, one in found.items() if name.startswith(THEIRS)}
    fast = {name: one.per_token for name, one in found.items() if name.startswith(OURS)}
    aim = 18 if not where else None
    measures = [
        ratio(
            f"embedding, as each is used (bfloat16 here, float32 there){where}",
            peer, slow[f"{THEIRS} float32"], fast[f"{OURS} bfloat16"], aim=aim, note="per token",
        )
    ]  # fmt: skip
    for dtype in DTYPES:
        what = f"embedding, both in {dtype}{where}"
        theirs, ours = slow[f"{THEIRS} {dtype}"], fast[f"{OURS} {dtype}"]
        measures.append(ratio(what, peer, theirs, ours, note="per token"))
    for dtype in DTYPES:
        one = found[f"{OURS} {dtype}"]
        measures.append(
            Measure(
                what=f"share of the peak on real tokens, {dtype}{where}",
                unit="share", against=f"torch's matrix products, {dtype}",
                value=spread(one.shares), rounds=len(one.shares), aim=None if where else 0.7,
                note=f"{1000 * spread(one.per_token).median:.3f} ms a token; operations of "
                "backbone and attention",
            )
        )  # fmt: skip
    return measures


def memory_of(way: str, folder: Path, dtype: str, sentences: Sequence[Sentence]) -> float:
    """Read in a process of its own and give its peak memory in GiB, model included."""
    return apart(partial(_memory_here, way, folder, dtype, list(sentences)))


def _memory_here(way: str, folder: Path, dtype: str, sentences: list[Sentence]) -> float:
    with handle(folder, dtype).open() as loaded:
        forget_peak()
        WAYS[way](loaded, sentences)
        return peak_memory()


def compare_memory(folder: Path, sentences: Sequence[Sentence]) -> list[Measure]:
    """Measure the peak memory of both ways, as each is used."""
    measures = []
    chosen = few(handle(folder, "float32").tokenizer(), sentences)
    for way, dtype, read in (
        (OURS, "bfloat16", list(sentences)),
        (OURS, "float32", list(sentences)),
        (THEIRS, "float32", chosen),
    ):
        found = memory_of(way, folder, dtype, read)
        measures.append(
            Measure(
                what=f"peak memory, {way}, {dtype}", unit="GiB", rounds=1,
                value=Spread(median=found, low=found, high=found),
                note="a process of its own, model and libraries included, loading left out",
            )
        )  # fmt: skip
    return measures


def measure(setting: Setting) -> Result:
    """Measure embedding against the reference's way, as a share of the peak, and how it grows."""
    sentences = read_sentences(setting.sentences, 2 if setting.quick else SENTENCES)
    rounds = setting.rounds(ROUNDS)
    with contestants(setting.model, sentences, "cpu", DTYPES) as found:
        run_rounds(found, rounds)
    measures = compare(found) + compare_memory(setting.model, sentences)
    facts = {
        f"share_of_peak_{dtype}": spread(found[f"{OURS} {dtype}"].shares).median for dtype in DTYPES
    }
    if torch.cuda.is_available():
        with contestants(setting.model, sentences, "cuda", DTYPES) as on_gpu:
            run_rounds(on_gpu, rounds)
        measures += compare(on_gpu, ", on the GPU")
        facts["share_of_peak_gpu"] = spread(on_gpu[f"{OURS} bfloat16"].shares).median
    return Result(
        title="Representation",
        method=describe(setting, found, len(sentences), rounds),
        measures=measures,
        curves=representation_growth.curves(setting),
        facts=facts,
    )


def describe(setting: Setting, found: dict[str, Contestant], sentences: int, rounds: int) -> str:
    """Say how this is measured."""
    ours, theirs = found[f"{OURS} bfloat16"], found[f"{THEIRS} bfloat16"]
    threads = write_count(torch.get_num_threads(), "thread")
    return (
        f"Gemma 3 270M on the CPU, {threads}, {sentences} sentences of "
        f"{setting.corpus} in up to ten languages ({ours.tokens:,} tokens, {ours.mean_length:.1f} "
        "a sentence), all layers, three poolings, batches of at most "
        f"{CPU_TOKEN_BUDGET} tokens. The peer reads {len(theirs.lengths)} of them, chosen to be as "
        f"long ({theirs.mean_length:.1f} tokens a sentence); ratios are of time per token. In "
        f"each of {rounds} rounds all contestants take turns, in one process, on the same weights; "
        "the peak of the dtype (products of 2048 x 2048) is measured just before and after each. "
        "Turning text into tokens is part of both. Curves are in bfloat16."
    )
