"""Patching Gemma 3 270M: this project against TransformerLens and nnsight.

All sweep the residual over layers and positions of prompts in which one word is swapped in the
middle; the outcome is a difference of two logits. A patch costs the peers the same wherever it is,
so each round times a few of theirs: some positions in one layer each of three prompts. This project
patches all positions of all prompts in three layers, which stand for all: as many blocks follow
them as follow a layer on average. Effects that differ by more than 1e-3 nats are an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.machine import package_version
from benchmarks.measurement import exponents, measure_curve, ratio, spread, timed
from benchmarks.mediation_peers import PLACES, Sweep, with_nnsight, with_transformer_lens
from benchmarks.mediation_prompts import make_pairs
from benchmarks.numbers import write_count
from benchmarks.results import Curve, Measure, Point, Result, Spread
from benchmarks.setting import Setting, handle
from isogloss.language_models.patching.attribution import attribute
from isogloss.language_models.patching.patches import PatchRun, run_patches
from isogloss.language_models.patching.sites import Direction, PatchPair, PatchSite, list_sites

PROMPTS, PROMPTS_BOTH_WAYS, PROMPTS_OF_CURVE = 20, 5, 2
# The last layer of the model is 18; a sweep goes over what enters the blocks, 0 to 17.
LAYERS = (2, 8, 15)
LAYER_OF_CURVE = 8
BY_WORDS = (10, 26, 58, 122)
ROUNDS, CURVE_ROUNDS = 3, 3
CONTRAST = np.array([1.0, -1.0])
EQUAL = 1e-3
"""Nats by which effects may differ."""
ONE, BOTH = "isogloss", "isogloss, both directions"
DIRECTIONS: dict[str, tuple[Direction, ...]] = {ONE: ("noising",), BOTH: ("noising", "denoising")}
LENS, NNSIGHT, NNSIGHT_LAST = "TransformerLens", "nnsight", "nnsight, last logits only"


@dataclass
class Tally:
    """What a contestant took in a round, and its largest difference from this project.

    Attributes:
        seconds: by the clock.
        patches: that were made.
        difference: between effects.
    """

    seconds: float = 0.0
    patches: int = 0
    difference: float = 0.0

    @property
    def each(self) -> float:
        """Seconds a patch."""
        return self.seconds / self.patches


@dataclass
class Round:
    """What was measured in a round.

    Attributes:
        tallies: of each contestant.
        block_tokens: tokens that this project read, times the blocks that read them, patching one
            direction.
        attribution: seconds a prompt.
    """

    tallies: dict[str, Tally]
    block_tokens: int
    attribution: float


def take_turns(loaded: Any, pairs: Sequence[PatchPair], peers: dict[str, Sweep]) -> Round:
    """Time a round: this project, then each peer in each of `LAYERS`.

    Raises:
        ValueError: if effects differ from a peer's.
    """
    tallies = {name: Tally() for name in (*DIRECTIONS, *peers)}
    runs = {}
    for name, chosen in ((BOTH, pairs[:PROMPTS_BOTH_WAYS]), (ONE, pairs)):
        work = partial(sweep_here, loaded, chosen, LAYERS, DIRECTIONS[name])
        spent, runs[name] = timed(work)
        patches = len(DIRECTIONS[name]) * len(LAYERS) * sum(len(pair.base) for pair in chosen)
        tallies[name] = Tally(spent, patches)
    for turn, layer in enumerate(LAYERS):
        ours = runs[ONE].noising[turn][turn, list(PLACES)] @ CONTRAST
        for name, sweep in peers.items():
            spent, theirs = timed(partial(sweep, pairs[turn], layer))
            tally = tallies[name]
            tally.seconds += spent
            # Reading the donor is one pass more, of which a whole sweep needs one in all.
            tally.patches += len(PLACES) + 1
            tally.difference = max(tally.difference, float(np.abs(ours - theirs).max()))
            if not tally.difference <= EQUAL:
                raise ValueError(
                    f"{name}: effects in layer {layer} differ by {tally.difference:.1e}, more than "
                    f"{EQUAL:g}: times of different results cannot be compared"
                )
    return Round(tallies, runs[ONE].block_tokens, time_attribution(loaded, pairs))


def sweep_here(
    loaded: Any, pairs: Sequence[PatchPair], layers: Sequence[int], directions: Sequence[Direction]
) -> PatchRun:
    """Patch the residual at every position of every pair."""
    everywhere = [range(len(pair.base)) for pair in pairs]
    sites = [PatchSite("residual", layer) for layer in layers]
    return run_patches(loaded, pairs, sites, everywhere, directions=directions)


def time_attribution(loaded: Any, pairs: Sequence[PatchPair]) -> float:
    """Give seconds a pair for all positions of all layers of three components, both directions."""
    everywhere = [range(len(pair.base)) for pair in pairs]
    sites = list_sites(loaded.layers, 1)
    contrasts = [tuple(CONTRAST)] * len(pairs)
    spent, _ = timed(partial(attribute, loaded, pairs, contrasts, sites, everywhere))
    return spent / len(pairs)


def compare(
    rounds: Sequence[Round],
    peers: Mapping[str, str],
    cells: int,
    fewer: Mapping[str, float],
    part: float,
) -> list[Measure]:
    """Set this project beside the peers, of which the fastest has the aims.

    Args:
        rounds: what was measured.
        peers: name -> its name with version.
        cells: layers times positions of a sweep.
        fewer: name -> how many times as many products of weights its patch takes.
        part: share of the positions that can have an effect.
    """
    each = {name: [one.tallies[name].each for one in rounds] for name in rounds[0].tallies}
    fastest = min(peers, key=lambda name: spread(each[name]).median)
    attribution = [one.attribution / cells for one in rounds]
    measures = []
    for name, peer in sorted(peers.items(), key=lambda item: item[0] != fastest):
        aims = (15, 200) if name == fastest else (None, None)
        note = (
            f"{1000 * spread(each[name]).median:.0f} ms a patch there; counted, "
            f"{fewer[name]:.1f} times as many products of weights"
        )
        measures += [
            ratio("a patch", peer, each[name], each[ONE], aim=aims[0], note=note),
            ratio("a patch, both directions here, each", peer, each[name], each[BOTH]),
            ratio(
                "a sweep of one component by patching, against attribution of three in both "
                "directions", peer, each[name], attribution, aim=aims[1],
                note="attribution is a first-order estimate, not the same number",
            ),
        ]  # fmt: skip
    return [measure.model_copy(update={"part": part}) for measure in measures]


def share_with_effect(pair: PatchPair) -> float:
    """Give the share of the positions that can have an effect: those from the swap on."""
    return 1 - pair.first_difference / len(pair.base)


def count_work(loaded: Any, tokens: int, read: float) -> dict[str, float]:
    """Count how many times as many products of weights as here a patch takes with each peer.

    A peer passes all tokens through all blocks, and all or the last one through the output layer;
    this project multiplies the rows of the answers alone, which count as nothing.

    Args:
        loaded: the model.
        tokens: of the prompt.
        read: tokens times the blocks that read them, a patch of this project.
    """
    block = sum(weight.numel() for weight in loaded.backbone.layers[0].parameters())
    words = loaded.model.get_output_embeddings().weight.numel()
    blocks = tokens * loaded.layers * block
    every, last = (blocks + tokens * words) / (read * block), (blocks + words) / (read * block)
    return {LENS: every, NNSIGHT: every, NNSIGHT_LAST: last}


def measure_work(rounds: Sequence[Round], read: float, whole: int) -> list[Measure]:
    """Say how long a patch takes here, and how much of a pass it is.

    Args:
        rounds: what was measured.
        read: tokens times the blocks that read them, a patch.
        whole: the same of a pass of the whole prompt through all blocks.
    """
    ours = [1000 * one.tallies[ONE].each for one in rounds]
    share = read / whole
    return [
        Measure(what="a patch", unit="ms", value=spread(ours), rounds=len(rounds)),
        Measure(
            what="passes through the blocks that a patch takes", unit="passes", rounds=1,
            value=Spread(median=share, low=share, high=share),
            note="counted",
        ),
    ]  # fmt: skip


CURVE = Curve(
    what="mediation over tokens",
    variable="tokens of the prompt, swapped in the middle",
    expected=(2, 2),
    first=64,
    why="positions times the tokens behind each give 2; both prompts are also read once as they "
    "are, which grows with 1. The lower bound is that of the tokens that were read, counted block "
    "by block. Attention adds a third factor, which is small below a thousand tokens; short "
    "prompts do not fill a batch",
)


def curve(loaded: Any, setting: Setting) -> Curve:
    """Measure how a sweep over all positions of one layer grows with the prompt."""
    sizes = BY_WORDS[:2] if setting.quick else BY_WORDS
    works: dict[float, Callable[[], object]] = {}
    read: list[Point] = []
    for words in sizes:
        pairs = make_pairs(loaded.tokenizer, 1 if setting.quick else PROMPTS_OF_CURVE, words)
        layers = (LAYER_OF_CURVE,)
        work = partial(sweep_here, loaded, pairs, layers, DIRECTIONS[ONE])
        works[len(pairs[0].base)] = work
        read.append(Point(x=len(pairs[0].base), rounds=[work().block_tokens]))
    rounds = setting.rounds(CURVE_ROUNDS)
    found = measure_curve(CURVE, works, rounds, whole=setting.quick)
    (counted,) = exponents(found.model_copy(update={"points": read}))
    return found.model_copy(update={"expected": (min(round(counted, 2), 2.0), 2.0)})


def measure(setting: Setting) -> Result:
    """Measure patching against TransformerLens and nnsight, and how it grows."""
    lens, nns = package_version("transformer-lens"), package_version("nnsight")
    number = setting.rounds(ROUNDS)
    with handle(setting.model, "float32").open() as loaded:
        pairs = make_pairs(loaded.tokenizer, len(LAYERS) if setting.quick else PROMPTS)
        peers = {
            LENS: with_transformer_lens(setting.model),
            NNSIGHT: with_nnsight(loaded),
            NNSIGHT_LAST: with_nnsight(loaded, logits_to_keep=1),
        }
        for sweep in peers.values():
            sweep(pairs[0], LAYERS[0])
        rounds = [take_turns(loaded, pairs, peers) for _ in range(number)]
        tokens = len(pairs[0].base)
        cells = loaded.layers * tokens
        named = {
            LENS: f"{lens}, `generic_activation_patch`",
            NNSIGHT: nns,
            NNSIGHT_LAST: f"{nns}, last logits only",
        }
        read = rounds[0].block_tokens / rounds[0].tallies[ONE].patches
        measures = [
            *compare(
                rounds, named, cells, count_work(loaded, tokens, read), share_with_effect(pairs[0])
            ),
            *measure_work(rounds, read, cells),
        ]
        differences = [one.tallies[name].difference for one in rounds for name in peers]
        return Result(
            title="Mediation",
            method=describe(pairs, number, max(differences)),
            measures=measures,
            curves=[curve(loaded, setting)],
        )


def describe(pairs: Sequence[PatchPair], rounds: int, difference: float) -> str:
    """Say how this is measured."""
    tokens, swap = len(pairs[0].base), pairs[0].first_difference
    threads = write_count(torch.get_num_threads(), "thread")
    return (
        f"Gemma 3 270M, float32, {threads}, {len(pairs)} prompts of "
        f"{tokens} tokens, one word swapped at token {swap}; the residual at all positions of "
        f"layers {', '.join(map(str, LAYERS))}. The peers, in one process and on the same weights, "
        f"patch {len(PLACES)} positions in one of the layers for each of {len(LAYERS)} prompts, "
        "which costs them the same wherever it is. nnsight is used as documented, with one trace "
        "for the positions of a layer, and once more with the logits of the last token alone. "
        f"{rounds} rounds in turn, after one unmeasured sweep of each peer. What a ratio of a "
        "patch has above the products that are counted beside it is overhead of the peer. Effects "
        "differ by at "
        f"most {difference:.0e} nats. Positions before the swap, {swap / tokens:.0%} of the sweep, "
        "cost this project nothing, since they cannot have an effect; counting the others alone, "
        f"all ratios are {share_with_effect(pairs[0]):.2f} times as large, which "
        "is told beside the aims."
    )
