"""Survey files of one row a respondent, such as the joint EVS/WVS CSV, and published scores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from isogloss.datasets.bases import RawDataset
from isogloss.datasets.survey_columns import SurveyFileError, read_columns, read_header
from isogloss.errors import MissingFileError, Refusal
from isogloss.surveys import PublishedTruth, RawSurvey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

SYNTHETIC = "synthetic"


class SurveyFileDataset(RawDataset[RawSurvey]):
    """A survey in a CSV file, of which only the columns asked for are ever read.

    Cells are separated by commas, semicolons or tabs; where they are not separated by commas, a
    comma may be the decimal sign. A file with the column `synthetic` says by it, 1 or 0, whether
    its answers are made up; any other counts as real.

    Args:
        filepath: the file, or a folder that holds a single one that fits `pattern`.
        pattern: how the file in the folder is named; `*` stands for anything.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        pattern: str = "*.csv",
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._pattern = pattern

    def load(self) -> RawSurvey:
        """Read the names of the columns.

        Raises:
            MissingFileError: if there is no file.
            SurveyFileError: if there are several, or the first line names no columns.
        """
        path = self._find()
        copy = self._storage.copy(path)
        separator, columns = read_header(str(copy.path), path)

        def table(text: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
            return read_columns(str(copy.path), path, separator, columns, text, numbers)

        return RawSurvey(path, columns, _is_synthetic(path, columns, table), table)

    def content_version(self) -> str | None:
        """Give what changes whenever the content does; None if there is no file."""
        try:
            return self._storage.version(self._find())
        except Refusal:
            return None

    def _find(self) -> str:
        path = str(self._storage.path)
        if not self._storage.exists(path):
            raise MissingFileError(
                f"{path} does not exist. Put the survey file there (docs/how-to/survey.md says "
                "where to get it), or set the folder that holds it with --params raw_data=FOLDER."
            )
        if not self._storage.is_folder(path):
            return path
        expression = re.compile(".*".join(map(re.escape, self._pattern.split("*"))), re.IGNORECASE)
        names = [name.removeprefix(path.rstrip("/") + "/") for name in self._storage.find(path)]
        found = [name for name in names if expression.fullmatch(name)]
        if not found:
            raise MissingFileError(
                f"No file in {path} is named like '{self._pattern}' "
                f"(found: {', '.join(names[:5]) or 'nothing'}). Put the unpacked survey file there."
            )
        if len(found) > 1:
            raise SurveyFileError(
                f"{path} holds several files named like '{self._pattern}': {', '.join(found[:5])}. "
                "Keep the one to read."
            )
        return self._storage.child(found[0])

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "pattern": self._pattern}


class PublishedTruthDataset(RawDataset[PublishedTruth]):
    """Scores by country, by language and of everyone, in three CSV files of a folder.

    The files are named and laid out as those of Rystrøm, Kirk and Hale (arXiv 2502.16534).

    Args:
        filepath: the folder.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def load(self) -> PublishedTruth:
        """Read the three tables.

        Raises:
            MissingFileError: if one of them is absent.
            SurveyFileError: if one lacks a column, or has a cell where a number should be.
        """
        return PublishedTruth(
            self._storage.path,
            self._read("every_country", ["cntry_an", "question_key", "lnge_iso"]),
            self._read("per_language", ["lnge_iso", "question_key"]),
            self._read("global", ["question_key"]),
        )

    def _read(self, name: str, keys: list[str]) -> pd.DataFrame:
        path = self._storage.child(f"ground_truth_{name}.csv")
        if not self._storage.exists(path):
            raise MissingFileError(
                f"{path} does not exist. Put the three files ground_truth_every_country.csv, "
                "ground_truth_per_language.csv and ground_truth_global.csv there."
            )
        copy = self._storage.copy(path)
        local = str(copy.path)
        separator, columns = read_header(local, path)
        return read_columns(local, path, separator, columns, keys, ["pro_score"])


def _is_synthetic(
    path: str,
    columns: tuple[str, ...],
    read: Callable[[Sequence[str], Sequence[str]], pd.DataFrame],
) -> bool:
    if SYNTHETIC not in {name.lower() for name in columns}:
        return False
    values = set(read([SYNTHETIC], [])[SYNTHETIC].str.strip().str.lower())
    if values <= {"1", "true"}:
        return True
    if values <= {"0", "false"}:
        return False
    raise SurveyFileError(
        f"{path}: the column '{SYNTHETIC}' must be 1 in every row, or 0 in every row. Made-up and "
        "real answers never go into one score: part them into two files."
    )
