from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pandera.errors import SchemaErrors

from isogloss.provenance import READ_FROM
from isogloss.schemas import DataShares
from isogloss.survey_schemas import SurveyQuestions
from isogloss.table_errors import describe_table_errors

if TYPE_CHECKING:
    import pandera.pandas as pa

SHIPPED = Path(__file__).parents[1] / "data/01_raw/reference/survey_questions.csv"
QUESTIONS = pd.read_csv(SHIPPED, dtype=str, keep_default_na=False).iloc[:6]


def described(
    table: pd.DataFrame, schema: type[pa.DataFrameModel] = SurveyQuestions
) -> list[str] | None:
    table.attrs[READ_FROM] = "mine.csv"
    with pytest.raises(SchemaErrors) as caught:
        schema.validate(table, lazy=True)
    text = describe_table_errors(caught.value)
    return None if text is None else text.splitlines()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("scale", "ordnal", "'ordnal' is none of binary, ordinal, nominal. Did you mean ordinal"),
        ("scale", "", "'' is none of binary, ordinal, nominal."),
        ("lowest", "one", "'one' is no whole number."),
        ("highest", "0", "'0' must be at least 1."),
        ("question", "F 1", "'F 1' must be of the form ^[a-z0-9_]+$."),
        ("title", "", "'' is empty; write a text."),
    ],
)
def test_a_cell_is_told_with_row_and_column(column: str, value: str, message: str) -> None:
    table = QUESTIONS.copy()
    table.loc[2, column] = value
    (line,) = described(table) or []
    assert line.startswith(f"mine.csv, row 4, column {column}: {message}")


def test_a_row_that_stands_twice_is_told_once() -> None:
    table = QUESTIONS.copy()
    key = str(table["question"].iloc[1])
    table.loc[3, "question"] = key
    place = f"mine.csv, rows 3 and 5, column question: '{key}'"
    assert described(table) == [f"{place} stands there twice; keep one of the rows."]


def test_columns_are_told_before_all_else() -> None:
    table = QUESTIONS.rename(columns={"con": "cons"}).assign(scale="ordnal")
    (line,) = described(table) or []
    assert line.startswith("mine.csv has no column 'con'. Did you mean cons? Add or rename one: q")
    shares = pd.DataFrame({"language": ["eng"], "data_share": ["1"], "remark": [""]})
    assert described(shares, DataShares) == [
        "mine.csv has a column 'remark'. It may have: language, data_share."
    ]


def test_shares_are_told_apart_from_what_is_no_number() -> None:
    shares = pd.DataFrame({"language": ["eng", "deu"], "data_share": ["1.5", "0.2"]})
    assert described(shares, DataShares) == [
        "mine.csv, row 2, column data_share: '1.5' must be from 0 to 1."
    ]


def test_tables_that_nobody_wrote_keep_the_words_of_their_schema() -> None:
    with pytest.raises(SchemaErrors) as caught:
        SurveyQuestions.validate(QUESTIONS.drop(columns="con"), lazy=True)
    assert describe_table_errors(caught.value) is None
