"""What a run of merging has before it merges, and where its results are kept."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from isogloss.datasets import ResumablePartitionsDataset
from isogloss.pipelines.merging.finetuning_nodes import predict_sources, profile_spelling
from isogloss.pipelines.merging.merging_nodes import (
    evaluate_merges,
    examine_sources,
    weigh_sources,
)
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.scoring_nodes import transfer_scorer
from isogloss.pipelines.merging.scoring_parameters import MergeScoringParameters
from tests.pipelines.merging.tiny_encoder import PARAMETERS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from isogloss.language_models import LanguageModel
    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.partitions import Partitions, StoredPartitions

MERGING = MergingParameters(
    experiments=("similarity", "leave_one_out"),
    features=("accuracy",),
    k=(1,),
    methods=("linear", "ties"),
)
SCORING = MergeScoringParameters(rounds=50)


class Stage:
    """Saves what nodes give, as the catalog does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def dataset(self, name: str, kind: str) -> ResumablePartitionsDataset:
        return ResumablePartitionsDataset(filepath=str(self._folder / name), format=kind)

    def keep(self, name: str, kind: str, partitions: Partitions[Any]) -> StoredPartitions[Any]:
        self.dataset(name, kind).save(partitions)
        return self.dataset(name, kind).load()


class Study:
    """The tables and partitions that merges are made from."""

    def __init__(
        self,
        stage: Stage,
        lm: LanguageModel,
        classifiers: StoredPartitions[Checkpoint],
        intents: pd.DataFrame,
        locale_table: pd.DataFrame,
        parameters: MergingParameters = MERGING,
    ) -> None:
        self.stage, self.lm, self.classifiers, self.intents = stage, lm, classifiers, intents
        self.parameters = parameters
        self.logits = stage.keep(
            "logits", "safetensors", predict_sources(lm, classifiers, intents, PARAMETERS)
        )
        self.differences = stage.keep(
            "differences",
            "safetensors",
            examine_sources(classifiers, self.logits, intents, parameters),
        )
        self.spelling = profile_spelling(lm, intents, parameters)
        self.transfer = transfer_scorer("words")(self.logits, intents, SCORING)
        self.weights, self.remarks = weigh_sources(
            intents, locale_table, self.spelling, self.transfer, {}, parameters
        )

    def merges(self, weights: pd.DataFrame | None = None) -> Partitions[Any]:
        return evaluate_merges(
            self.lm,
            self.classifiers,
            self.logits,
            self.differences,
            self.weights if weights is None else weights,
            self.intents,
            self.parameters,
            PARAMETERS,
        )

    def copy_into(self, folder: Path) -> Study:
        """Give one that a test may change, and whose results are kept in its own folder."""
        own = copy(self)
        own.stage, own.weights = Stage(folder), self.weights.copy()
        return own
