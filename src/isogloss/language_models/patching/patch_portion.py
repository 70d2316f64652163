"""Patching as many pairs as are held in memory at once.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from isogloss.language_models.patching.answers import answer_logits, log_normalisers
from isogloss.language_models.patching.recorded_runs import parts_for, record_runs
from isogloss.language_models.patching.replacement import Replacements, states_behind
from isogloss.language_models.patching.restart import Restart, Suffixes
from isogloss.language_models.patching.sites import PatchPair, PatchSite, Position, expand
from isogloss.language_models.patching.workbench import Workbench

# Working memory of an earlier token in a batch, against that of a token that is read.
EARLIER_SHARE = 16


class Patch(NamedTuple):
    """A patch: the run that goes on, the run from which it takes, where, and its place in results.

    Runs of pair p are 2p (base) and 2p + 1 (donor).
    """

    run: int
    other: int
    site: int
    place: int
    tokens: tuple[int, ...]


class PatchPortion:
    """Some pairs, read and ready to be patched.

    Attributes:
        logits: of the answers, float64 [runs, answers].
        log_normalisers: float64 [runs].
        patched: a run: float64 [sites, positions, answers], as it is before `run` patches it.
        block_tokens: tokens that were read, times the blocks that read them.

    Args:
        bench: the model.
        pairs: of prompts.
        sites: of patches.
        positions: of patches, a pair.
    """

    def __init__(
        self,
        bench: Workbench,
        pairs: Sequence[PatchPair],
        sites: Sequence[PatchSite],
        positions: Sequence[Sequence[Position]],
    ) -> None:
        self._bench, self._sites, self._positions = bench, sites, positions
        self._lengths = [len(pair.base) for pair in pairs]
        sequences = [sequence for pair in pairs for sequence in (pair.base, pair.donor)]
        parts = parts_for(sites)
        self._runs = record_runs(bench.decoder, bench.reader, sequences, parts, bench.runner)
        self._restart = Restart(bench.decoder, bench.reader, self._runs, cut_last=bench.cut_last)
        answers = [pair.answers for pair in pairs for _ in range(2)]
        self._answers = torch.tensor(answers, device=self._runs.ids.device)
        self.logits = _doubles(answer_logits(bench.reader, self._runs.final, self._answers))
        self.log_normalisers = _doubles(log_normalisers(bench.reader, self._runs.final))
        self.patched = [
            np.tile(logits, (len(sites), len(positions[run // 2]), 1))
            for run, logits in enumerate(self.logits)
        ]
        layers = len(bench.decoder.blocks)
        self.block_tokens = layers * sum(map(len, sequences))

    def run(self) -> Iterator[int]:
        """Patch; give the number of patches finished, as it goes."""
        for layer in sorted({site.layer for site in self._sites}):
            members = [index for index, site in enumerate(self._sites) if site.layer == layer]
            patches = [patch for site in members for patch in self._patches(site)]
            every = 2 * len(members) * sum(map(len, self._positions))
            yield every - len(patches)
            yield from self._run_layer(layer, patches)

    def _run_layer(self, layer: int, patches: Sequence[Patch]) -> Iterator[int]:
        lengths = [
            self._lengths[patch.run // 2] - (start := patch.tokens[0]) + start // EARLIER_SHARE
            for patch in patches
        ]

        def forward(places: list[int]) -> NDArray[np.float64]:
            members = [patches[place] for place in places]
            runs = torch.tensor([patch.run for patch in members], device=self._answers.device)
            final = self.final_states(layer, members)
            return _doubles(answer_logits(self._bench.reader, final, self._answers[runs]))

        for places, logits in self._bench.runner.run(lengths, forward):
            for place, row in zip(places, logits, strict=True):
                patch = patches[place]
                self.patched[patch.run][patch.site, patch.place] = row
            yield len(places)

    def _patches(self, site: int) -> Iterator[Patch]:
        """Give the patches of a site that may change something; tokens that cannot are left out."""
        differs = self._differs(self._sites[site])
        behind_all = self._sites[site].layer == len(self._bench.decoder.blocks)
        for pair, places in enumerate(self._positions):
            last = self._lengths[pair] - 1
            for place, position in enumerate(places):
                tokens = tuple(
                    token
                    for token in sorted(set(expand(position)))
                    if differs[pair, token] and (token == last or not behind_all)
                )
                if tokens:
                    yield Patch(2 * pair, 2 * pair + 1, site, place, tokens)
                    yield Patch(2 * pair + 1, 2 * pair, site, place, tokens)

    def _differs(self, site: PatchSite) -> NDArray[np.bool_]:
        """Say where the runs of each pair differ in a component: [pairs, tokens]."""
        states = self._runs.parts[site.component, site.layer]
        if site.component == "head":
            units = self._bench.decoder.units
            states = states[..., site.head * units : (site.head + 1) * units]
        differs: NDArray[np.bool_] = (states[::2] != states[1::2]).any(-1).cpu().numpy()
        return differs

    def final_states(self, layer: int, patches: Sequence[Patch]) -> torch.Tensor:
        """Give what the output layer reads for the last token after each patch: [rows, units].

        Args:
            layer: of all their sites.
            patches: to be computed.
        """
        device = self._runs.ids.device
        starts = [patch.tokens[0] for patch in patches]
        suffixes = Suffixes(
            torch.tensor([patch.run for patch in patches], device=device),
            torch.tensor(starts, device=device),
        )
        columns = self._restart.columns(suffixes)
        states = self._runs.parts["residual", layer][suffixes.runs[:, None], columns]
        rows = [row for row, patch in enumerate(patches) for _ in patch.tokens]
        tokens = [token for patch in patches for token in patch.tokens]
        wanted = Replacements(
            torch.tensor([patches[row].run for row in rows], device=device),
            torch.tensor([patches[row].other for row in rows], device=device),
            torch.tensor(tokens, device=device),
            [self._sites[patches[row].site] for row in rows],
        )
        offsets = [token - starts[row] for row, token in zip(rows, tokens, strict=True)]
        states[rows, offsets] = states_behind(self._bench.decoder, self._runs, wanted)
        blocks = len(self._bench.decoder.blocks) - layer
        self.block_tokens += blocks * columns.numel()
        return self._restart.go_on(layer, suffixes, states)


def _doubles(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.cpu().double().numpy()
