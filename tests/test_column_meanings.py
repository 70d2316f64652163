import pandera.pandas as pa

from documentation.project import read_catalog
from documentation.tables import defining_module, find_schema
from isogloss.column_meanings import EVERYWHERE, STUDIES, find_meaning


def test_the_study_says_what_a_column_means_before_all_tables_do() -> None:
    assert find_meaning("isogloss.mediation_schemas", "kind") == (
        "of the pairs: count_swap, null_swap, control, ...; see methods/mediation"
    )
    assert find_meaning("isogloss.alignment_schemas", "n") == "sentences"
    assert find_meaning("isogloss.schemas", "n") == EVERYWHERE["n"]


def test_a_column_of_its_own_kind_means_nothing_elsewhere() -> None:
    assert find_meaning("isogloss.schemas", "kind") is None


def test_no_meaning_is_left_that_no_table_needs() -> None:
    needed = set()
    for path in {
        entry["validator"]
        for file in read_catalog()
        for entry in file.entries.values()
        if "validator" in entry
    }:
        needed |= _undescribed(find_schema(path))
    for study, meanings in STUDIES.items():
        names = {name for module, name in needed if _study(module) == study}
        assert names <= meanings.keys() | EVERYWHERE.keys(), study
    assert EVERYWHERE.keys() <= {name for _, name in needed}
    for meanings in {id(one): one for one in STUDIES.values()}.values():
        own = [study for study, one in STUDIES.items() if one is meanings]
        assert meanings.keys() <= {name for module, name in needed if _study(module) in own}, own


def _undescribed(schema: type[pa.DataFrameModel]) -> set[tuple[str, str]]:
    return {
        (defining_module(schema, name), name)
        for name, column in schema.to_schema().columns.items()
        if not column.description
    }


def _study(module: str) -> str:
    return module.rpartition(".")[2].removesuffix("_schemas")
