from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DatasetError

from isogloss.datasets import ProofreadCSVDataset

ROWS = pd.DataFrame({"language": ["dan", "nld"], "text": ["Frihed", ""], "phrasing": ["1", "NA"]})


@pytest.fixture
def stored(tmp_path: Path) -> ProofreadCSVDataset:
    dataset = ProofreadCSVDataset(filepath=str(tmp_path / "topics.csv"))
    dataset.save(ROWS)
    return dataset


def test_rows_and_columns_can_be_added(stored: ProofreadCSVDataset) -> None:
    row = pd.DataFrame({"language": ["deu"], "text": ["Freiheit"], "phrasing": ["2"]})
    more = pd.concat([row, ROWS]).assign(wording="machine")
    stored.save(more)
    pd.testing.assert_frame_equal(stored.load(), more.reset_index(drop=True))
    stored.save(more)


@pytest.mark.parametrize(
    ("other", "lost"),
    [
        (ROWS.assign(text=["Friheden", ""]), "1 row that"),
        (ROWS.iloc[:1], "1 row that"),
        (ROWS.drop(columns="phrasing"), "2 rows that"),
    ],
)
def test_what_somebody_corrected_is_not_written_over(
    stored: ProofreadCSVDataset, other: pd.DataFrame, lost: str
) -> None:
    with pytest.raises(DatasetError, match=rf"topics\.csv holds {lost}.*\(prompt_tables\)"):
        stored.save(other)
    pd.testing.assert_frame_equal(stored.load(), ROWS)
