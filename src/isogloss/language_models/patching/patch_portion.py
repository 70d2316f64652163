"""Patching as many pairs as are held in memory at once.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from isogloss.language_models.patching.answers import answer_logits
from isogloss.language_models.patching.recorded_runs import parts_for, record_runs
from isogloss.language_models.patching.replacement import Replacements, states_behind
from isogloss.language_models.patching.restart import Restart, Suffixes
from isogloss.language_models.patching.sites import PatchRequest, PatchSite, expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.patching.workbench import Workbench

# Working memory of an earlier token in a batch, against that of a token that is read.
EARLIER_SHARE = 16


class Patch(NamedTuple):
    """A patch: the run that goes on, the run from which it takes, where, and its place in results.

    Runs of pair p are 2p (base) and 2p + 1 (donor).
    """

    run: int
    other: int
    site: PatchSite
    tokens: tuple[int, ...]
    place: tuple[int, int] = (0, 0)


class Difference(NamedTuple):
    """Where the runs of a pair differ, and how far: against their lengths, and as it is."""

    pair: int
    token: int
    share: float
    distance: float


class PatchPortion:
    """Some pairs, read and ready to be patched.

    Attributes:
        request: for these pairs.
        logits: of the answers, float64 [runs, answers].
        final: what the output layer reads for the last token, [runs, units].
        patched: a run: float64 [sites, positions, answers], as it is before `run` patches it.
        touched: a run: bool [sites, positions], whether a patch was computed.
        block_tokens: tokens that were read, times the blocks that read them.

    Args:
        bench: the model.
        request: for these pairs.
        identity: whether each run takes its own activations, which shows the rounding.
    """

    def __init__(self, bench: Workbench, request: PatchRequest, *, identity: bool = False) -> None:
        self._bench, self._identity = bench, identity
        self.request = request
        parts, sequences = parts_for(request.sites), request.sequences
        self._runs = record_runs(bench.decoder, bench.reader, sequences, parts, bench.runner)
        self._restart = Restart(bench.decoder, bench.reader, self._runs, cut_last=bench.cut_last)
        self._lengths = [len(pair.base) for pair in request.pairs]
        answers = [pair.answers for pair in request.pairs for _ in range(2)]
        self._answers = torch.tensor(answers, device=self._runs.ids.device)
        self.logits = _doubles(answer_logits(bench.reader, self._runs.final, self._answers))
        self.patched: list[NDArray[np.float64]] = [
            np.tile(logits, (len(request.sites), len(request.positions[run // 2]), 1))
            for run, logits in enumerate(self.logits)
        ]
        self.touched: list[NDArray[np.bool_]] = [
            np.zeros(logits.shape[:-1], np.bool_) for logits in self.patched
        ]
        self.final = self._runs.final
        layers = len(bench.decoder.blocks)
        self.block_tokens = layers * sum(map(len, sequences))

    def run(self) -> Iterator[int]:
        """Patch; give the number of patches finished, as it goes."""
        for layer in sorted({site.layer for site in self.request.sites}):
            members = [
                index for index, site in enumerate(self.request.sites) if site.layer == layer
            ]
            patches = [patch for site in members for patch in self._patches(site)]
            directions = len(self.request.directions)
            every = directions * len(members) * sum(map(len, self.request.positions))
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
                self.patched[patch.run][patch.place] = row
                self.touched[patch.run][patch.place] = True
            yield len(places)

    def _patches(self, site: int) -> Iterator[Patch]:
        """Give the patches of a site that may change something; tokens that cannot are left out."""
        differs = self._differs(self.request.sites[site])
        behind_all = self.request.sites[site].layer == len(self._bench.decoder.blocks)
        for pair, places in enumerate(self.request.positions):
            last = self._lengths[pair] - 1
            for place, position in enumerate(places):
                tokens = tuple(
                    token
                    for token in sorted(set(expand(position)))
                    if differs[pair, token] and (token == last or not behind_all)
                )
                for run in self.request.runs(pair) if tokens else ():
                    # Runs stand in pairs: 2p and 2p + 1.
                    other = run if self._identity else run ^ 1
                    yield Patch(run, other, self.request.sites[site], tokens, (site, place))

    def _differs(self, site: PatchSite) -> NDArray[np.bool_]:
        """Say where the runs of each pair may differ in a component: [pairs, tokens]."""
        states = self._states(site)
        if self._identity:
            return np.ones((len(self.request.positions), states.shape[1]), np.bool_)
        differs: NDArray[np.bool_] = (states[::2] != states[1::2]).any(-1).cpu().numpy()
        for row, pair in zip(differs, self.request.pairs, strict=True):
            # Runs that were read in batches of different shape may be rounded differently there.
            row[: pair.first_difference] = False
        return differs

    def final_states(self, layer: int, patches: Sequence[Patch]) -> torch.Tensor:
        """Give what the output layer reads for the last token after each patch: [rows, units].

        Args:
            layer: of all their sites.
            patches: to be computed.
        """
        device = self._answers.device
        starts = [patch.tokens[0] for patch in patches]
        suffixes = Suffixes(
            torch.tensor([patch.run for patch in patches], device=device),
            torch.tensor(starts, device=device),
        )
        columns = self._restart.columns(suffixes)
        states = self._runs.parts["residual", layer][suffixes.runs[:, None], columns]
        rows = [row for row, patch in enumerate(patches) for _ in patch.tokens]
        tokens = [token for patch in patches for token in patch.tokens]
        offsets = [token - starts[row] for row, token in zip(rows, tokens, strict=True)]
        states[rows, offsets] = self.states_behind(
            [
                patches[row]._replace(tokens=(token,))
                for row, token in zip(rows, tokens, strict=True)
            ]
        )
        blocks = len(self._bench.decoder.blocks) - layer
        self.block_tokens += blocks * columns.numel()
        return self._restart.go_on(layer, suffixes, states)

    def states_behind(self, patches: Sequence[Patch]) -> torch.Tensor:
        """Give what leaves the block of each patch at its token: [rows, units].

        Args:
            patches: of one token each, in one layer.
        """
        device = self._answers.device
        wanted = Replacements(
            torch.tensor([patch.run for patch in patches], device=device),
            torch.tensor([patch.other for patch in patches], device=device),
            torch.tensor([patch.tokens[0] for patch in patches], device=device),
            [patch.site for patch in patches],
        )
        return states_behind(self._bench.decoder, self._runs, wanted)

    def largest_difference(self, site: PatchSite) -> Difference:
        """Find the token at which the runs of a pair differ most.

        Args:
            site: where; it must be recorded.
        """
        states = self._states(site).float()
        base, donor = states[::2], states[1::2]
        distance = (donor - base).norm(dim=-1)
        share = (distance / (donor.norm(dim=-1) + base.norm(dim=-1))).nan_to_num()
        pair, token = divmod(int(share.argmax()), share.shape[1])
        return Difference(pair, token, float(share[pair, token]), float(distance[pair, token]))

    def _states(self, site: PatchSite) -> torch.Tensor:
        """Give what a component (queries: their block) gives or takes: [runs, tokens, units]."""
        if site.component == "query":
            return self._runs.parts["residual", site.layer - 1]
        states = self._runs.parts[site.component, site.layer]
        units = self._bench.decoder.units
        first = site.head * units
        return states[..., first : first + units] if site.component == "head" else states


def _doubles(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.cpu().double().numpy()
