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

    A prompt with several changes stands there once for each; as it is, it is read once for all.

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
        rows: dict[tuple[int, ...], list[int]] = {}
        for row, sequence in enumerate(self.sequences):
            rows.setdefault(sequence, []).append(row)
        distinct = list(rows)
        lengths = [len(sequence) for sequence in distinct]
        for members in split_by_memory(bench.decoder, {("residual", self.layer)}, lengths):
            sequences = [distinct[member] for member in members]
            yield from self._run_portion(bench, sequences, [rows[one] for one in sequences])

    def _run_portion(
        self, bench: Workbench, sequences: Sequence[tuple[int, ...]], rows: Sequence[list[int]]
    ) -> Iterator[tuple[list[int], NDArray[np.float64], NDArray[np.float64]]]:
        parts: set[Part] = {("residual", self.layer)}
        runs = record_runs(bench.decoder, bench.reader, sequences, parts, bench.runner)
        restart = Restart(bench.decoder, bench.reader, runs, cut_last=bench.cut_last)
        members = [row for own in rows for row in own]
        run_of = [run for run, own in enumerate(rows) for _ in own]
        answers = torch.tensor([self.answers[member] for member in members])
        answers = answers.to(runs.ids.device)
        kept = runs.parts["residual", self.layer]
        self._check(bench, runs, restart, self.starts[members[0]])

        def forward(places: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            own = [run_of[place] for place in places]
            starts = [self.starts[members[place]] for place in places]
            suffixes = Suffixes(*torch.tensor([own, starts], device=kept.device))
            states = kept[suffixes.runs[:, None], restart.columns(suffixes)]
            ends = Ends([members[place] for place in places], starts, max(starts), states)
            with self.change(bench, ends):
                final = restart.go_on(self.layer, suffixes, states)
            before, after = (
                answer_logits(bench.reader, states_there, answers[places]).cpu().double().numpy()
                for states_there in (runs.final[own], final)
            )
            return before, after

        lengths = [
            len(self.sequences[member]) - (start := self.starts[member]) + start // EARLIER_SHARE
            for member in members
        ]
        for places, (before, after) in bench.runner.run(lengths, forward):
            yield [members[place] for place in places], before, after

    def _check(self, bench: Workbench, runs: RecordedRuns, restart: Restart, start: int) -> None:
        """Read the first prompt on unchanged, to see whether the model can do that."""
        first = Suffixes(runs.lengths.new_tensor([0]), runs.lengths.new_tensor([start]))
        states = runs.parts["residual", self.layer][0, restart.columns(first)]
        found = restart.go_on(self.layer, first, states)
        check_continuation(found[0], runs.final[0], bench.decoder.loaded.name)
