"""The files that a published study of cultural alignment left (arXiv 2502.16534)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.datasets.bases import RawDataset
from isogloss.errors import MissingFileError, Refusal
from isogloss.published_survey import (
    CAPABILITY_COLUMNS,
    TRUTH,
    read_benchmarks,
    read_named_responses,
    read_responses,
)
from isogloss.survey_score_rows import BASELINE, SCORE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

RESPONSES = "all_lang_model_responses_with_scores.csv"
BASELINES = "latest_results_with_baseline.csv"
NAMED = "demographic-gemma-results.csv"
BENCHMARKS = "multilingual_benchmarks.csv"


class _PublishedDataset(RawDataset[pd.DataFrame]):
    """A folder of published CSV files, read only.

    Args:
        filepath: the folder.
        optional: load an empty table if the folder is absent.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    why_read_only = "published files are read only"
    columns: tuple[str, ...]

    def __init__(
        self,
        *,
        filepath: str,
        optional: bool = False,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._optional = optional

    def load(self) -> pd.DataFrame:
        """Read the files.

        Raises:
            MissingFileError: if a file that must be there is not, unless the whole folder is
                absent and `optional`.
        """
        if self._optional and not self._storage.exists(self._storage.path):
            return pd.DataFrame(columns=list(self.columns))
        return self._read()

    def _read(self) -> pd.DataFrame:
        raise NotImplementedError

    def _has(self, name: str) -> bool:
        return self._storage.exists(self._storage.child(name))

    def _table(self, name: str, text: Sequence[str]) -> tuple[pd.DataFrame, str]:
        path = self._storage.child(name)
        if not self._has(name):
            raise MissingFileError(
                f"{path} does not exist. Set the folder that holds `cultural/` with "
                "--params raw_data=FOLDER."
            )
        try:
            # NA is no country here, and no text is missing because it reads so.
            types = dict.fromkeys(text, "str")
            content = io.BytesIO(self._storage.read_bytes(path))
            return pd.read_csv(content, dtype=types, keep_default_na=False, na_values=[""]), path
        except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as error:
            raise Refusal(
                f"{path} cannot be read as CSV ({error}). Take the file as it was published."
            ) from None

    def _exists(self) -> bool:
        return self._optional or super()._exists()

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "optional": self._optional}


class PublishedSurveyScoresDataset(_PublishedDataset):
    """The published responses as rows of `survey_scores`, from a folder of the published CSV files.

    all_lang_model_responses_with_scores.csv must be there. latest_results_with_baseline.csv adds
    the published draw of random answers (family `Baseline`), demographic-gemma-results.csv the
    responses to prompts that name a country. Arguments as of every dataset of published files:
    `filepath` (the folder), `optional` (an absent folder is an empty table).
    """

    columns = (*SCORE_COLUMNS, TRUTH)

    def _read(self) -> pd.DataFrame:
        text = ("language", "response_language", "question_key", "country")
        tables = [read_responses(*self._table(RESPONSES, text))]
        if self._has(BASELINES):
            rows = read_responses(*self._table(BASELINES, text))
            tables.append(rows[rows["family"] == BASELINE])
        if self._has(NAMED):
            tables.append(read_named_responses(*self._table(NAMED, (*text, "response_pro_con"))))
        return pd.concat(tables, ignore_index=True)


class PublishedBenchmarksDataset(_PublishedDataset):
    """The published benchmark scores of the same models: multilingual_benchmarks.csv."""

    columns = CAPABILITY_COLUMNS

    def _read(self) -> pd.DataFrame:
        return read_benchmarks(*self._table(BENCHMARKS, ()))
