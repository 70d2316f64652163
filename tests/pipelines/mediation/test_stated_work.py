"""What long nodes say they will do, of which the time that is left is told, is what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation import effect_nodes, intervention_nodes, screen_nodes
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from tests.pipelines.mediation.test_pair_nodes import make

Work = Callable[[LanguageModel, pd.DataFrame], object]
SCREEN = ScreenParameters(methods=("gradient", "integrated"), steps=2, top=3, sample=3)
CHANGES = InterventionParameters(every=3, interchanges=6, windows=("all", "late"))


@dataclass
class Counter:
    """Counts what a node reports, beside what it stated.

    Attributes:
        items: stated.
        work: stated; None where it is not known before.
        finished: items so far.
        done: work so far.
    """

    items: int
    work: int | None
    finished: int = 0
    done: int = 0

    def worked(self, amount: int) -> None:
        self.done += amount

    def finish(self, count: int = 1) -> None:
        self.finished += count


def check(lm: LanguageModel, pairs: pd.DataFrame) -> object:
    estimates = screen_nodes.estimate_effects(lm, pairs, SCREEN)
    return screen_nodes.check_estimates(lm, pairs, estimates, SCREEN)


NODES: dict[str, tuple[Any, Work]] = {
    "asking": (
        effect_nodes,
        lambda lm, pairs: effect_nodes.measure_outcomes(lm, pairs, EffectParameters()),
    ),
    "estimating": (screen_nodes, check),
    "cutting": (
        intervention_nodes,
        lambda lm, pairs: intervention_nodes.cut_attention(lm, pairs, CHANGES),
    ),
    "steering": (
        intervention_nodes,
        lambda lm, pairs: intervention_nodes.steer_counts(lm, pairs, CHANGES),
    ),
    "exchanging": (
        intervention_nodes,
        lambda lm, pairs: intervention_nodes.exchange_items(lm, pairs, CHANGES),
    ),
}


@pytest.fixture(scope="module")
def pairs(tiny_lm: LanguageModel) -> pd.DataFrame:
    return make(tiny_lm, pairs=8, lengths=(5, 5), shots=0, kinds=("count_swap", "control"))[0]


@pytest.mark.parametrize("name", NODES)
def test_a_node_does_the_work_that_it_has_stated(
    name: str, tiny_lm: LanguageModel, pairs: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters: list[Counter] = []

    @contextmanager
    def progress(
        title: str, total: int, items: str = "", work: str = "", work_total: int | None = None
    ) -> Iterator[Any]:
        counter = Counter(total, work_total)
        counters.append(counter)
        report = type("Report", (), {})()
        report.worked, report.finished = counter.worked, counter.finish
        yield report

    module, run = NODES[name]
    monkeypatch.setattr(module, "progress", progress)
    run(tiny_lm, pairs)
    assert counters
    for counter in counters:
        assert counter.finished == counter.items > 0
        assert counter.work in (counter.done, None)
        assert counter.done > 0
