"""Patching Gemma 3 270M: this project against TransformerLens and nnsight.

All sweep the residual over layers and positions: 20 prompts of 64 tokens, in which one word is
swapped in the middle; the outcome is a difference of two logits. The peers are used as they
document it: TransformerLens through its own function for this sweep, nnsight with one trace for the
positions of a layer, and once more with the logits of the last token alone. They take turns in one
process, in float32, on the same weights.

    python -m benchmarks.mediation MODEL_FOLDER [ROUNDS]

A patch costs the peers the same wherever it is, so each round times a few of theirs: six positions
in one layer of each of three prompts. This project patches all positions of all 20 prompts in
three layers, which stand for all: as many blocks follow them as follow a layer on average. It
patches one direction, as the peers do, and then both, which is what the effects of mediation need;
either is divided by all patches made. Effects that differ from a peer's by more than 1e-3 nats are
an error.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from benchmarks.representation import handle
from isogloss.language_models.patching.attribution import attribute
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import Direction, PatchPair, PatchSite, list_sites

MEMBERS = (
    "dog cat horse cow sheep goat pig rabbit mouse rat lion tiger bear wolf fox deer monkey "
    "elephant camel donkey whale dolphin bat squirrel otter beaver"
).split()
OTHERS = (
    "table chair lamp door window spoon knife plate cup bottle pencil paper ladder hammer bridge "
    "river mountain cloud stone candle mirror blanket pillow basket wheel rope bell drum coat shoe"
).split()
PROMPTS = 20
WORDS = 26
SWAPPED = 12
# The last layer of the model is 18; a sweep goes over what enters the blocks, 0 to 17.
LAYERS = (2, 8, 15)
PLACES = (32, 33, 40, 47, 62, 63)
ROUNDS = 3
CONTRAST = np.array([1.0, -1.0])
EQUAL = 1e-3
"""Nats by which effects may differ."""
ONE, BOTH = "isogloss", "isogloss, both directions"
DIRECTIONS: dict[str, tuple[Direction, ...]] = {ONE: ("noising",), BOTH: ("noising", "denoising")}

# Takes a pair and a layer; gives y of the base run, patched from the donor at each of `PLACES`.
Sweep = Callable[[PatchPair, int], NDArray[np.float64]]
Seconds = tuple[float, float]
T = TypeVar("T")


def make_pairs(tokenizer: Any, seed: int = 0) -> list[PatchPair]:
    """Make prompts of one length with a member, and the same with another word in its place."""
    generator = np.random.default_rng(seed)
    answers = tuple(tokenizer(number, add_special_tokens=False)["input_ids"][-1] for number in "56")
    pairs = []
    for _ in range(PROMPTS):
        words = list(generator.choice(MEMBERS + OTHERS, WORDS, replace=False))
        free = [word for word in MEMBERS + OTHERS if word not in words]
        ids = []
        for kind in (MEMBERS, OTHERS):
            words[SWAPPED] = generator.choice([word for word in free if word in kind])
            text = f"Count the animals in this list: {', '.join(words)}. Number of animals:"
            ids.append(tuple(tokenizer(text)["input_ids"]))
        pairs.append(PatchPair(ids[0], ids[1], answers))
    lengths = {len(ids) for pair in pairs for ids in (pair.base, pair.donor)}
    if len(lengths) > 1 or any(len(pair.differences) > 1 for pair in pairs):
        raise ValueError(f"prompts must have one length and differ in one token, not {lengths}")
    return pairs


def with_transformer_lens(folder: Path) -> Sweep:
    """Give the sweep of TransformerLens."""
    from transformer_lens import patching
    from transformer_lens.model_bridge import TransformerBridge

    model = TransformerBridge.boot_transformers(str(folder), dtype=torch.float32, device="cpu")

    def sweep(pair: PatchPair, layer: int) -> NDArray[np.float64]:
        one, other = pair.answers

        def difference(logits: torch.Tensor) -> torch.Tensor:
            return logits[0, -1, one] - logits[0, -1, other]

        cells = pd.DataFrame([(layer, place) for place in PLACES], columns=["layer", "pos"])
        with torch.inference_mode():
            _, cache = model.run_with_cache(
                torch.tensor([pair.donor]), names_filter=lambda name: name.endswith("resid_pre")
            )
            found = patching.generic_activation_patch(
                model,
                torch.tensor([pair.base]),
                cache,
                difference,
                patching.layer_pos_patch_setter,
                "resid_pre",
                index_df=cells,
            )
        return np.asarray(found.double())

    return sweep


def with_nnsight(loaded: Any, **last_logits: int) -> Sweep:
    """Give the sweep of nnsight."""
    from nnsight import LanguageModel

    with warnings.catch_warnings():
        # It says that this name for it will go.
        warnings.simplefilter("ignore")
        model = LanguageModel(loaded.model, tokenizer=loaded.tokenizer)

    def sweep(pair: PatchPair, layer: int) -> NDArray[np.float64]:
        one, other = pair.answers
        donor, base = (torch.tensor([ids]) for ids in (pair.donor, pair.base))
        found = []
        with torch.inference_mode():
            with model.trace(donor, **last_logits):
                states = model.model.layers[layer].input.save()
            with model.trace(**last_logits) as tracer:
                for place in PLACES:
                    with tracer.invoke(base):
                        model.model.layers[layer].input[:, place] = states[:, place]
                        logits = model.lm_head.output[0, -1]
                        found.append((logits[one] - logits[other]).save())
        return np.array([float(one) for one in found])

    return sweep


@dataclass
class Tally:
    """What a contestant took in a round, and its largest difference from this project.

    Attributes:
        seconds: by the clock, and of the processor, which neighbours disturb less.
        patches: that were made.
        difference: between effects.
    """

    seconds: Seconds = (0.0, 0.0)
    patches: int = 0
    difference: float = 0.0

    def add(self, spent: Seconds, patches: int) -> None:
        """Note what some patches took."""
        self.seconds = (self.seconds[0] + spent[0], self.seconds[1] + spent[1])
        self.patches += patches

    @property
    def each(self) -> Seconds:
        """Seconds a patch."""
        return self.seconds[0] / self.patches, self.seconds[1] / self.patches


@dataclass
class Round:
    """What was measured in a round.

    Attributes:
        tallies: of each contestant.
        block_tokens: tokens that this project read, times the blocks that read them, patching one
            direction.
        attribution: what it took a prompt.
    """

    tallies: dict[str, Tally]
    block_tokens: int
    attribution: Seconds


def take_turns(loaded: Any, pairs: Sequence[PatchPair], peers: dict[str, Sweep]) -> Round:
    """Time a round: this project, then each peer in each of `LAYERS`.

    Raises:
        ValueError: if effects differ from a peer's.
    """
    tallies = {name: Tally() for name in (*DIRECTIONS, *peers)}
    everywhere = [range(len(pair.base)) for pair in pairs]
    sites = [PatchSite("residual", layer) for layer in LAYERS]
    runs = {}
    for name, directions in DIRECTIONS.items():
        work = partial(run_patches, loaded, pairs, sites, everywhere, directions=directions)
        spent, runs[name] = timed(work)
        tallies[name].add(spent, len(directions) * len(sites) * sum(map(len, everywhere)))
    run = runs[ONE]
    for turn, layer in enumerate(LAYERS):
        ours = run.noising[turn][turn, list(PLACES)] @ CONTRAST
        for name, sweep in peers.items():
            spent, theirs = timed(partial(sweep, pairs[turn], layer))
            tally = tallies[name]
            # Reading the donor is one pass more, of which a whole sweep needs one in all.
            tally.add(spent, len(PLACES) + 1)
            tally.difference = max(tally.difference, float(np.abs(ours - theirs).max()))
            if not tally.difference <= EQUAL:
                raise ValueError(
                    f"{name}: effects in layer {layer} differ by {tally.difference:.1e}, more than "
                    f"{EQUAL:g}: times of different results cannot be compared"
                )
    return Round(tallies, run.block_tokens, time_attribution(loaded, pairs))


def time_attribution(loaded: Any, pairs: Sequence[PatchPair]) -> Seconds:
    """Give seconds a pair for all positions of all layers of three components, both directions."""
    everywhere = [range(len(pair.base)) for pair in pairs]
    sites = list_sites(loaded.layers, 1)
    contrasts = [tuple(CONTRAST)] * len(pairs)
    spent, _ = timed(partial(attribute, loaded, pairs, contrasts, sites, everywhere))
    return spent[0] / len(pairs), spent[1] / len(pairs)


def timed(work: Callable[[], T]) -> tuple[Seconds, T]:
    """Call something once; give what it took and what it gave."""
    start = (time.perf_counter(), time.process_time())
    result = work()
    return (time.perf_counter() - start[0], time.process_time() - start[1]), result


def compare(theirs: Sequence[Seconds], ours: Sequence[Seconds], factor: float = 1) -> str:
    """Write the ratio of times, median and range over rounds, by the clock and of the processor."""
    ratios = [
        [factor * other[which] / one[which] for other, one in zip(theirs, ours, strict=True)]
        for which in (0, 1)
    ]
    return ", ".join(
        f"{statistics.median(own):.0f} ({min(own):.0f} to {max(own):.0f}) {name}"
        for own, name in zip(ratios, ("by the clock", "of the processor"), strict=True)
    )


def report(rounds: Sequence[Round], loaded: Any, tokens: int, swap: int) -> None:
    """Print what was measured."""
    ours, both = ([one.tallies[name].each for one in rounds] for name in DIRECTIONS)
    block = sum(weight.numel() for weight in loaded.backbone.layers[0].parameters())
    words = loaded.model.get_output_embeddings().weight.numel()
    read = rounds[0].block_tokens / rounds[0].tallies[ONE].patches
    fewer = tokens * (loaded.layers * block + words) / (read * block)
    for name, own in zip(DIRECTIONS, (ours, both), strict=True):
        print(f"  {name}: {1000 * statistics.median(one[0] for one in own):.1f} ms a patch;")
    print(
        f"    {read / loaded.layers / tokens:.4f} of a pass through the blocks, {fewer:.0f} times"
    )
    print("    fewer products of weights than a pass with the logits of all tokens")
    cells = loaded.layers * tokens
    for name in [name for name in rounds[0].tallies if name not in DIRECTIONS]:
        tallies = [one.tallies[name] for one in rounds]
        theirs = [tally.each for tally in tallies]
        attributed = [one.attribution for one in rounds]
        print(f"  {name}: {1000 * statistics.median(one[0] for one in theirs):.0f} ms a patch;")
        print(f"    one direction: {compare(theirs, ours)} times isogloss;")
        print(f"    of both directions, each: {compare(theirs, both)};")
        share = (tokens - swap) / tokens
        print(f"    one direction, from the swap on alone: {compare(theirs, ours, share)};")
        print(f"    effects differ by at most {max(tally.difference for tally in tallies):.1e};")
        print("    its sweep of one component in one direction against attribution of three in")
        print(f"    both: {compare(theirs, attributed, cells)}")
    seconds = [one.attribution[0] for one in rounds]
    print(f"  isogloss, attribution: {statistics.median(seconds):.2f} s a prompt")


def main(arguments: Sequence[str]) -> list[Round]:
    """Measure sweeps and attribution patching."""
    folder = Path(arguments[0])
    number = int(arguments[1]) if len(arguments) > 1 else ROUNDS
    with handle(folder, "float32").open() as loaded:
        pairs = make_pairs(loaded.tokenizer)
        tokens, swap = len(pairs[0].base), pairs[0].first_difference
        peers = {
            "TransformerLens": with_transformer_lens(folder),
            "nnsight": with_nnsight(loaded),
            "nnsight, last logits only": with_nnsight(loaded, logits_to_keep=1),
        }
        for sweep in peers.values():
            sweep(pairs[0], LAYERS[0])
        rounds = [take_turns(loaded, pairs, peers) for _ in range(number)]
        print(f"{len(pairs)} prompts of {tokens} tokens, swapped at {swap}, float32,")
        print(f"of which the peers patch {len(LAYERS)}, in {len(PLACES)} places of one layer each,")
        print(f"{torch.get_num_threads()} threads, {number} rounds: median (range)")
        report(rounds, loaded, tokens, swap)
    return rounds


if __name__ == "__main__":
    main(sys.argv[1:])
