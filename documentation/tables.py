"""The pages on tables: what every entry of the catalog holds, column by column."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, Any

from documentation.markdown import cell, code, codes, first_sentence, heading, slug, table
from documentation.project import read_catalog
from isogloss.column_meanings import find_meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandera.pandas as pa

    from documentation.project import CatalogFile

MODELS = "models"
"""The file of the zoo: its entries are models, no tables."""
TYPES = {
    "str": "text",
    "string": "text",
    "object": "list or text",
    "int64": "whole number",
    "Int64": "whole number",
    "float64": "number",
    "bool": "yes or no",
    "boolean": "yes or no",
}
BOUNDS = {
    "greater_than_or_equal_to": ("≥", "min_value"),
    "greater_than": (">", "min_value"),
    "less_than_or_equal_to": ("≤", "max_value"),
    "less_than": ("<", "max_value"),
    "equal_to": ("always", "value"),
}
LONGEST_PATTERN = 30


def list_tables() -> str:
    """List all tables that have a schema, with links to their pages."""
    return "\n".join(_list_file(file) for file in _files())


def write_tables() -> Iterator[tuple[str, str]]:
    """Write the pages, one a file of the catalog.

    Yields:
        path below the reference, and text.
    """
    for file in _files():
        yield f"tables/{file.name}.md", _write_file(file)


def _files() -> list[CatalogFile]:
    return [file for file in read_catalog() if file.name != MODELS]


def _list_file(file: CatalogFile) -> str:
    rows = []
    for name, entry in file.entries.items():
        if "validator" in entry:
            link = f"[`{name}`](tables/{file.name}.md#{slug(name)})"
            rows.append([link, cell(first_sentence(find_schema(entry["validator"]).__doc__))])
    return f"## {file.title.removesuffix('.')}\n\n{table(['table', 'holds'], rows)}" if rows else ""


def _write_file(file: CatalogFile) -> str:
    parts = [f"# Tables: {file.name}\n\n{file.title}\n"]
    plain: list[list[str]] = []
    first: dict[str, str] = {}
    for name, entry in file.entries.items():
        remark = cell(file.comments.get(name, ""))
        if "validator" in entry:
            same = first.setdefault(entry["validator"], name)
            parts.append(_write_table(name, entry, remark, "" if same == name else same))
        else:
            kind = str(entry["type"]).rpartition(".")[2].removesuffix("Dataset")
            plain.append([code(name), kind, code(entry.get("filepath", "")), remark])
    if plain:
        parts.append(heading(2, "Entries without a schema"))
        parts.append(table(["entry", "kind", "path", "remark"], plain))
    return "\n".join(parts)


def _write_table(name: str, entry: Mapping[str, Any], remark: str, same: str) -> str:
    """Describe a table; one with the columns of another on the page only points there."""
    schema = find_schema(entry["validator"])
    place = f"File: {code(entry['filepath'])}." if "filepath" in entry else ""
    parts = [heading(2, code(name), name), inspect.cleandoc(schema.__doc__ or ""), remark]
    if same:
        parts += [f"{place} Columns: those of [{code(same)}](#{slug(same)})."]
    else:
        rows = [[code(column), kind, said] for column, kind, said in describe_columns(schema)]
        parts += [
            " ".join(fact for fact in [place, *_facts(schema)] if fact),
            table(["column", "type", "what it is"], rows),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def describe_columns(schema: type[pa.DataFrameModel]) -> Iterator[tuple[str, str, str]]:
    """Say of every column of a schema what it may hold and what it is.

    Yields:
        name, type and meaning, in Markdown.
    """
    for name, column in schema.to_schema().columns.items():
        found = column.description or find_meaning(defining_module(schema, name), name)
        yield name, _type(column), cell(found or "")


def find_schema(path: str) -> type[pa.DataFrameModel]:
    """Import a schema that an entry of the catalog names."""
    module, _, name = path.rpartition(".")
    schema: type[pa.DataFrameModel] = getattr(importlib.import_module(module), name)
    return schema


def _facts(schema: type[pa.DataFrameModel]) -> list[str]:
    whole = schema.to_schema()
    keys = [str(key) for key in whole.unique or []]
    return [
        f"Key: {codes(keys)}." if keys else "",
        "It has no other columns." if whole.strict else "",
    ]


def _type(column: pa.Column) -> str:
    kind = TYPES.get(re.sub(r"\[.*", "", str(column.dtype)), str(column.dtype))
    limits = _limits(column)
    remarks = [
        *limits,
        *(["may be empty"] if column.nullable else []),
        *(["may be lacking"] if not column.required else []),
        *(["unique"] if column.unique else []),
    ]
    return "; ".join([kind, *remarks])


def _limits(column: pa.Column) -> list[str]:
    """Say in words what the checks of a column allow."""
    found = []
    for check in column.checks:
        values = check.statistics or {}
        if check.name == "isin":
            found.append(
                codes(value if value != "" else "(empty)" for value in values["allowed_values"])
            )
        elif check.name == "in_range":
            found.append(f"{_number(values['min_value'])} to {_number(values['max_value'])}")
        elif check.name in BOUNDS:
            sign, key = BOUNDS[check.name]
            found.append(f"{sign} {_number(values[key])}")
        elif check.name == "str_matches" and len(str(values["pattern"])) <= LONGEST_PATTERN:
            found.append(f"matches {code(_pattern(values['pattern']))}")
        elif check.name == "str_length":
            found.append("not empty")
    return found


def _pattern(pattern: Any) -> str:
    return str(getattr(pattern, "pattern", pattern))


def _number(value: object) -> str:
    """Write a bound; what only allows for rounding is left out."""
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def defining_module(schema: type[pa.DataFrameModel], name: str) -> str:
    """Give the module of the class that declares a column."""
    for parent in schema.__mro__:
        if name in vars(parent).get("__annotations__", {}):
            return parent.__module__
    return schema.__module__
