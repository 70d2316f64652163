"""Gradients of answers with respect to what the components of a model give.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from isogloss.language_models.patching.answers import answer_logits
from isogloss.language_models.patching.recorded_runs import arguments_of, pad, watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch.nn import Module

    from isogloss.language_models.patching.recorded_runs import Part
    from isogloss.language_models.patching.sites import PatchPair, PatchSite
    from isogloss.language_models.patching.workbench import Workbench

    States = dict[Part, torch.Tensor]

ENTRANCE: Part = ("residual", 0)


@dataclass(frozen=True)
class Estimates:
    """What is estimated for some pairs; runs stand in pairs: base, donor.

    Attributes:
        values: y of each run, float32 [runs].
        changes: (component, layer) -> estimated change of y in each run, float32 [runs, tokens,
            heads], where other components than heads have one.
    """

    values: NDArray[np.float32]
    changes: Mapping[Part, NDArray[np.float32]]

    def of(self, site: PatchSite, run: int) -> NDArray[np.float32]:
        """Give the estimated change of y in a run: [tokens].

        Args:
            site: where the run takes the other's activation.
            run: that takes it.
        """
        changes: NDArray[np.float32] = self.changes[site.component, site.layer][
            run, :, max(site.head, 0)
        ]
        return changes


@dataclass(frozen=True)
class Gradients:
    """Gradients of y = contrast . logits in a model.

    Attributes:
        bench: the model.
        parts: components and layers.
        steps: of integrated gradients; 0 for the gradients of the two runs.
    """

    bench: Workbench
    parts: set[Part]
    steps: int

    def estimate(
        self, pairs: Sequence[PatchPair], contrasts: Sequence[Sequence[float]]
    ) -> Estimates:
        """Estimate what it changes in y if a run takes what a part gives in its pair's other run.

        Args:
            pairs: of prompts.
            contrasts: of each pair, a weight for each answer.
        """
        device = self.bench.decoder.loaded.device
        ids, mask = pad([ids for pair in pairs for ids in (pair.base, pair.donor)], device)
        answers = [pair.answers for pair in pairs for _ in range(2)]
        weights = [contrast for contrast in contrasts for _ in range(2)]
        batch = _Batch(
            self.bench,
            ids,
            mask,
            torch.tensor(answers, device=device),
            torch.tensor(weights, dtype=torch.float32, device=device),
        )
        with _frozen(self.bench.decoder.loaded.model):
            if self.steps:
                values, given, slopes = self._integrate(batch)
            else:
                values, given, slopes = batch.read(self.parts)
        changes = {
            part: self._per_head(part, (_other_runs(given[part]) - given[part]) * slopes[part])
            for part in self.parts
        }
        return Estimates(values.cpu().numpy(), changes)

    def _per_head(self, part: Part, products: torch.Tensor) -> NDArray[np.float32]:
        heads = self.bench.decoder.heads if part[0] == "head" else 1
        by_head = products.reshape(*products.shape[:2], heads, -1)
        sums: NDArray[np.float32] = by_head.sum(-1).cpu().numpy()
        return sums

    def _integrate(self, batch: _Batch) -> tuple[torch.Tensor, States, States]:
        values, given, _ = batch.read(self.parts | {ENTRANCE}, slopes=False)
        base, donor = given[ENTRANCE][::2], given[ENTRANCE][1::2]
        total: dict[Part, torch.Tensor] = {}
        for step in range(self.steps):
            entering = base + (step + 0.5) / self.steps * (donor - base)
            _, _, slopes = batch.bases().read(self.parts, entering)
            for part, slope in slopes.items():
                total[part] = total.get(part, 0) + slope / self.steps
        # Runs of a pair go along one path, in opposite directions.
        means = {part: slope.repeat_interleave(2, dim=0) for part, slope in total.items()}
        return values, given, means


@dataclass(frozen=True)
class _Batch:
    """Prompts that are read at once."""

    bench: Workbench
    ids: torch.Tensor
    mask: torch.Tensor
    answers: torch.Tensor
    weights: torch.Tensor

    def bases(self) -> _Batch:
        """Give every second prompt."""
        every = (self.ids[::2], self.mask[::2], self.answers[::2], self.weights[::2])
        return _Batch(self.bench, *every)

    def read(
        self, parts: set[Part], entering: torch.Tensor | None = None, *, slopes: bool = True
    ) -> tuple[torch.Tensor, States, States]:
        """Give y, what parts give, and the gradient of y with respect to that, in float32.

        Args:
            parts: components and layers.
            entering: what the first block takes, if not what the embedding gives.
            slopes: whether gradients are wanted.
        """
        reader, decoder = self.bench.reader, self.bench.decoder
        arguments = arguments_of(reader.module, self.ids, self.mask, None)
        with torch.set_grad_enabled(slopes), _leaf(self.bench, entering):
            with watched(decoder, parts) as seen:
                states = reader.read(arguments)
            rows = torch.arange(len(states), device=self.ids.device)
            final = states.to(self.ids.device)[rows, self.mask.sum(-1) - 1]
            values = (answer_logits(reader, final, self.answers) * self.weights).sum(-1)
            asked = sorted(parts) if slopes else []
            found = (
                torch.autograd.grad(values.sum(), [seen[part] for part in asked]) if asked else ()
            )
        given = {part: self._aligned(states.detach()) for part, states in seen.items()}
        return values.detach(), given, dict(zip(asked, map(self._aligned, found), strict=True))

    def _aligned(self, states: torch.Tensor) -> torch.Tensor:
        return states.to(self.ids.device).float().reshape(*self.ids.shape, -1)


@contextmanager
def _leaf(bench: Workbench, entering: torch.Tensor | None) -> Iterator[None]:
    """Have gradients end where the first block begins."""

    def hook(module: Module, args: Any, kwargs: Any) -> Any:
        if args:
            return (begin(args[0]), *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": begin(kwargs["hidden_states"])}

    def begin(states: torch.Tensor) -> torch.Tensor:
        start = states if entering is None else entering.to(states.dtype)
        return start.detach().requires_grad_(torch.is_grad_enabled())

    first = bench.decoder.blocks[0].module
    handle = first.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _frozen(model: Any) -> Iterator[None]:
    """Have no gradients computed for weights."""
    wanted = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in wanted:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in wanted:
            weight.requires_grad_(True)


def _other_runs(states: torch.Tensor) -> torch.Tensor:
    """Exchange the runs of each pair."""
    return states.reshape(-1, 2, *states.shape[1:]).flip(1).reshape(states.shape)
