"""What is checked of raw data before a run: that they are there, in the languages asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl
from kedro.io import DatasetError

from isogloss.config import SessionConfigLoader
from isogloss.datasets import ItemFolderDataset, SurveyFileDataset, TextFolderDataset
from isogloss.errors import Refusal, find_refusal
from isogloss.pipelines.ingestion.codes import find_language_problems
from isogloss.pipelines.ingestion.parameters import IngestionParameters, Languages

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

# What they give is a list of what is there; nothing is read for it.
LISTED = (TextFolderDataset, ItemFolderDataset, SurveyFileDataset)


class RequireSourcesHook:
    """Refuses a run whose raw data are not there, before any node."""

    def __init__(self) -> None:
        self._loader: SessionConfigLoader | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Keep what says where settings are set."""
        loader = context.config_loader
        self._loader = loader if isinstance(loader, SessionConfigLoader) else None

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Look for every folder of raw data that the run reads, and for its languages.

        Raises:
            Refusal: names all that is missing, the setting, and where it is set.
        """
        problems: dict[str, None] = {}
        for name in sorted(pipeline.inputs()):
            dataset = catalog.get(name)
            if isinstance(dataset, LISTED):
                try:
                    source: Any = dataset.load()
                except DatasetError as error:
                    refusal = find_refusal(error)
                    if refusal is None:
                        raise
                    problems[f"{refusal}{self._place('raw_data')}"] = None
                    continue
                if isinstance(dataset, TextFolderDataset):
                    problems |= dict.fromkeys(self._find_misfits(source.texts, catalog))
        if problems:
            raise Refusal("\n".join(problems))

    def _find_misfits(self, texts: dict[str, Any], catalog: DataCatalog) -> list[str]:
        """Say which languages the corpus has not; the pivot is one of those asked for."""
        if self._loader is None:
            return []
        parameters = self._loader["parameters"]
        found = find_language_problems(
            set(texts),
            Languages.model_validate(parameters["languages"]).codes,
            parameters["pivot"],
            catalog.load("languages"),
            IngestionParameters.model_validate(parameters["ingestion"]).code_column,
        )
        return [f"{text}{self._place(setting)}" for setting, text in found]

    def _place(self, setting: str) -> str:
        # A loader of which nothing has been asked yet is falsy.
        return "" if self._loader is None else f" {self._loader.describe_place(setting)}"
