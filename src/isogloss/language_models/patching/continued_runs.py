"""Reading prompts again from a layer and a token on, with a change.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from isogloss.language_models.patching.answers import answer_logits
from isogloss.language_models.patching.checks import check_continuation
from isogloss.language_models.patching.patch_portion import EARLIER_SHARE
from isogloss.language_models.patching.recorded_runs import record_runs, split_by_memory
from isogloss.language_models.patching.restart import Restart, Suffixes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from isogloss.language_models.patching.recorded_runs import Part, RecordedRuns
    from isogloss.language_models.patching.workbench import Workbench


@dataclass(frozen=True)
class Ends:
    """The ends of some prompts, about to be read again.

    Attributes:
        prompts: places of the prompts, one a row.
        starts: the first token of each that is read.
        width: columns of keys in front of these tokens; a row's own are the last of them.
        states: what enters, [rows, tokens, units]; it may be changed in place.
    """

    prompts: Sequence[int]
    starts: Sequence[int]
    width: int
    states: torch.Tensor


# May change the states, and holds for the time in which they are read.
Change = Callable[["Workbench", Ends], AbstractContextManager[None]]


@dataclass(frozen=True)
class Continued:
    """Prompts that are read twice: as they are, and from a layer and a token on with a change.

    Attributes:
        sequences: token ids.
        answers: tokens whose logits are read.
        layer: boundary from which they are read again.
        starts: token from which each is read again.
        change: what is changed.
    """

    sequences: Sequence[tuple[int, ...]]
    answers: Sequence[tuple[int, ...]]
    layer: int
    starts: Sequence[int]
    change: Change

    def run(
        self, bench: Workbench
    ) -> Iterator[tuple[list[int], NDArray[np.float64], NDArray[np.float64]]]:
        """Read the prompts.

        Args:
            bench: the model.

        Yields:
            Places of prompts, their logits as they are, and with the change: [prompts, answers].
        """
        lengths = [len(sequence) for sequence in self.sequences]
        for members in split_by_memory(bench.decoder, {("residual", self.layer)}, lengths):
            yield from self._run_portion(bench, members)

    def _run_portion(
        self, bench: Workbench, members: list[int]
    ) -> Iterator[tuple[list[int], NDArray[np.float64], NDArray[np.float64]]]:
        sequences = [self.sequences[member] for member in members]
        parts: set[Part] = {("residual", self.layer)}
        runs = record_runs(bench.decoder, bench.reader, sequences, parts, bench.runner)
        restart = Restart(bench.decoder, bench.reader, runs, cut_last=bench.cut_last)
        answers = torch.tensor([self.answers[member] for member in members])
        answers = answers.to(runs.ids.device)
        kept = runs.parts["residual", self.layer]
        self._check(bench, runs, restart, self.starts[members[0]])

        def forward(rows: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            starts = [self.starts[members[row]] for row in rows]
            places = torch.tensor([rows, starts], device=kept.device)
            suffixes = Suffixes(*places)
            states = kept[suffixes.runs[:, None], restart.columns(suffixes)]
            ends = Ends([members[row] for row in rows], starts, max(starts), states)
            with self.change(bench, ends):
                final = restart.go_on(self.layer, suffixes, states)
            before, after = (
                answer_logits(bench.reader, states_there, answers[rows]).cpu().double().numpy()
                for states_there in (runs.final[rows], final)
            )
            return before, after

        lengths = [
            len(sequence) - self.starts[member] + self.starts[member] // EARLIER_SHARE
            for member, sequence in zip(members, sequences, strict=True)
        ]
        for rows, (before, after) in bench.runner.run(lengths, forward):
            yield [members[row] for row in rows], before, after

    def _check(self, bench: Workbench, runs: RecordedRuns, restart: Restart, start: int) -> None:
        """Read the first prompt on unchanged, to see whether the model can do that."""
        first = Suffixes(runs.lengths.new_tensor([0]), runs.lengths.new_tensor([start]))
        states = runs.parts["residual", self.layer][0, restart.columns(first)]
        found = restart.go_on(self.layer, first, states)
        check_continuation(found[0], runs.final[0], bench.decoder.loaded.name)
