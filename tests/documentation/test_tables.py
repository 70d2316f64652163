import pandera.pandas as pa
import pytest

from documentation.project import read_catalog
from documentation.tables import describe_columns, find_schema, list_tables, write_tables

VALIDATORS = {
    name: entry["validator"]
    for file in read_catalog()
    for name, entry in file.entries.items()
    if "validator" in entry
}
PAGES = dict(write_tables())


def test_every_column_of_every_table_says_what_it_is() -> None:
    silent = [
        f"{path}: {column}"
        for path in sorted(set(VALIDATORS.values()))
        for column, _, said in describe_columns(find_schema(path))
        if not said
    ]
    assert not silent


def test_every_table_with_a_schema_is_listed_with_a_link_that_leads_there() -> None:
    listed = list_tables()
    for file in read_catalog():
        for name in file.entries:
            if name in VALIDATORS:
                assert f"[`{name}`](tables/{file.name}.md#" in listed
                assert f"## `{name}` {{ #" in PAGES[f"tables/{file.name}.md"]


def test_a_page_tells_file_key_and_columns() -> None:
    page = PAGES["tables/ingestion.md"]
    assert (
        "File: `data/03_primary/parallel_sentences.parquet`. Key: `language`, `sentence_id`."
        in page
    )
    assert "| `sentence_id` | text | the same for a sentence and its translations |" in page


def test_entries_without_a_schema_are_listed_below() -> None:
    page = PAGES["tables/alignment.md"]
    assert (
        "| `{model}.alignment_outcomes` | ResumablePartitions | `data/04_feature/{model}/outcomes`"
        in page
    )


def test_the_same_columns_stand_once_on_a_page() -> None:
    page = PAGES["tables/alignment.md"]
    assert "Columns: those of [`{model}.alignment_summary`](#model-alignment_summary)." in page


def test_models_of_the_zoo_are_no_tables() -> None:
    assert "tables/models.md" not in PAGES


class Planted(pa.DataFrameModel):
    """A table."""

    side: pa.typing.Series[str] = pa.Field(isin=["", "left"], description="which | side")
    score: pa.typing.Series[float] | None = pa.Field(ge=0, lt=1, nullable=True, description="how")


@pytest.mark.parametrize(
    ("column", "kind", "said"),
    [
        ("side", "text; `(empty)`, `left`", "which \\| side"),
        ("score", "number; ≥ 0; < 1; may be empty; may be lacking", "how"),
    ],
)
def test_checks_are_said_in_words(column: str, kind: str, said: str) -> None:
    assert (column, kind, said) in list(describe_columns(Planted))


def test_a_file_is_called_by_the_first_sentence_of_its_comment() -> None:
    titles = {file.name: file.title for file in read_catalog()}
    assert titles["comet"] == "COMET of translations, made in an environment of its own."
    assert titles["representation"] == "What each model makes of each language."
    assert all("\n" not in title and len(title) < 110 for title in titles.values())
