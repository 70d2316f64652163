from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas as pa
import pytest

from isogloss import counting_schemas

ITEM: dict[str, Any] = {
    "item_id": "0123456789abcdef",
    "language": "eng",
    "category": "birds",
    "words": ["owl", "spoon"],
    "members": [True, False],
    "length": 2,
    "count": 1,
    "method": "systematic",
    "author": "",
    "attempt": 0,
    "concepts": ["birds/owl", "tools/spoon"],
    "list_id": "0123456789abcdef",
}
VALIDATION: dict[str, Any] = {
    "item_id": "0123456789abcdef",
    "language": "eng",
    "category": "birds",
    "method": "model",
    "length": 2,
    "count": 1,
    "attempt": 0,
    "decided_by": "nobody",
    "judge": "",
    "counted": None,
    "verdict": "undecided",
    "reason": "open: spoon",
}


def table(row: dict[str, Any], **changes: Any) -> pd.DataFrame:
    return pd.DataFrame([{**row, **changes}])


def test_right_tables_pass() -> None:
    found = counting_schemas.CountingItems.validate(table(ITEM))
    assert found["words"][0] == ["owl", "spoon"]
    checked = counting_schemas.CountingValidation.validate(table(VALIDATION))
    assert checked["counted"].isna().all()


@pytest.mark.parametrize(
    ("schema", "rows", "message"),
    [
        ("CountingDrafts", table(ITEM, count=2), "do not fit each other"),
        ("CountingDrafts", table(ITEM, length=3), "do not fit each other"),
        ("CountingDrafts", table(ITEM, members=[True]), "do not fit each other"),
        ("CountingDrafts", table(ITEM, method="llm"), "isin"),
        ("CountingDrafts", table(ITEM, item_id="x"), "str_matches"),
        ("CountingItems", pd.concat([table(ITEM), table(ITEM)]), "not unique"),
        ("CountingValidation", table(VALIDATION, decided_by="lists"), "nobody decided"),
        ("CountingValidation", table(VALIDATION, verdict="valid"), "nobody decided"),
    ],
)
def test_wrong_tables_are_refused(schema: str, rows: pd.DataFrame, message: str) -> None:
    model: type[pa.DataFrameModel] = getattr(counting_schemas, schema)
    with pytest.raises(pandera.errors.SchemaError, match=message):
        model.validate(rows.reset_index(drop=True))


@pytest.mark.parametrize(
    "schema",
    ["CountingItems", "CountingValidation", "CountingReport", "LeftOutConcepts", "CountingQuality"],
)
def test_empty_tables_pass(schema: str) -> None:
    model: type[pa.DataFrameModel] = getattr(counting_schemas, schema)
    model.validate(pd.DataFrame(columns=list(model.to_schema().columns)))
