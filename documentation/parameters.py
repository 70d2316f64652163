"""The pages on parameters: what can be set, what it may be, and what it is in base."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel

from documentation.markdown import cell, code, heading, slug, table
from documentation.project import ROOT, find_parameter_models, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ENVIRONMENTS = ("thesis", "multicultural", "massive", "counting", "public")


def list_parameters() -> str:
    """List all groups of parameters by file, with links to their pages."""
    rows = []
    for path in _files():
        links = [f"[`{name}`](parameters/{path.stem}.md#{slug(name)})" for name in _read(path)]
        rows.append([code(path.name), ", ".join(links)])
    rows.append([code("globals.yml"), "[places and devices](parameters/places.md)"])
    return table(["file", "groups"], rows)


def write_parameters() -> Iterator[tuple[str, str]]:
    """Write the pages, one a file of parameters, and one for places.

    Yields:
        path below the reference, and text.
    """
    models = find_parameter_models()
    for path in _files():
        yield f"parameters/{path.stem}.md", _write_file(path, models)
    yield "parameters/places.md", _write_places()


def _files() -> list[Path]:
    return sorted((ROOT / "conf/base/parameters").glob("*.yml"))


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _write_places() -> str:
    text = (ROOT / "conf/base/globals.yml").read_text(encoding="utf-8")
    rows = [
        [code(name), code(value), cell(remark)]
        for name, value, remark in re.findall(r"^(\w+): *(.*?) *# (.*)$", text, re.MULTILINE)
    ]
    return (
        "# Places and devices\n\nIn `conf/base/globals.yml`. Each can be set for one run, "
        "`kedro run --params data_root=FOLDER,device=cuda`, and in the `globals.yml` of an "
        "environment. All but those of models may be "
        "[addresses in a store](../../how-to/storage.md).\n\n"
        f"{table(['place', 'in base', 'what it is'], rows)}"
    )


def _write_file(path: Path, models: Mapping[str, type[BaseModel]]) -> str:
    text = path.read_text(encoding="utf-8")
    parts = [f"# Parameters: {path.stem}\n\nIn `conf/base/parameters/{path.name}`.\n"]
    for name, values in _read(path).items():
        model = models.get(name)
        parts.append(heading(2, code(name), name))
        if model is not None and "root" not in model.model_fields:
            parts.append(_write_group(name, model, values or {}))
        else:
            parts.append(_excerpt(text, name))
        parts.append(_write_environments(name))
    return "\n".join(parts)


def _excerpt(text: str, name: str) -> str:
    """Give what a file says of a group that has no model, comments included."""
    found = re.search(
        rf"((?:^#.*\n)*^{name}:.*\n(?:^(?:[ ]+.*)?\n)*)", text + "\n", flags=re.MULTILINE
    )
    lines = found[1].rstrip() if found else ""
    return f"```yaml\n{lines}\n```\n"


def _write_group(name: str, model: type[BaseModel], values: Mapping[str, Any]) -> str:
    """Describe a group of settings, and groups inside it behind it."""
    summary, settings = split_docstring(model)
    schema = model.model_json_schema()
    rows, behind = [], []
    for field, described in model.model_fields.items():
        given = values.get(field, described.get_default(call_default_factory=True))
        allowed = say_allowed(schema["properties"][described.alias or field], schema)
        shown, inner = _show(given), _group(described.annotation)
        if inner:
            full = f"{name}.{field}"
            own = given if isinstance(given, dict) else {}
            behind += [heading(3, code(full), full), _write_group(full, inner, own)]
            allowed, shown = "a group, below", ""
        rows.append([code(field), allowed, shown, _word(settings.get(field, ""))])
    header = ["setting", "may be", "in base", "what it is"]
    return "\n".join([summary, "", table(header, rows), *behind])


def _group(annotation: Any) -> type[BaseModel] | None:
    """Give the model of a setting that is a group of settings itself."""
    if not (inspect.isclass(annotation) and issubclass(annotation, BaseModel)):
        return None
    return None if "root" in annotation.model_fields else annotation


def _word(said: str) -> str:
    """Write what a docstring says of a setting as one writes it in YAML."""
    return cell(re.sub(r"\bNone\b", "null", said.removesuffix(".")))


def split_docstring(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """Split the docstring of a model into what it says before its attributes, and of each.

    Attributes that it inherits are described where they are declared.
    """
    settings: dict[str, str] = {}
    declaring = [parent for parent in model.__mro__ if parent.__module__ != BaseModel.__module__]
    for parent in reversed(declaring):
        _, _, attributes = inspect.cleandoc(parent.__doc__ or "").partition("Attributes:\n")
        found = re.findall(r"^ {4}(\w+): (.*\n?(?:^ {5,}.*\n?)*)", attributes, re.MULTILINE)
        settings |= {name: " ".join(text.split()) for name, text in found}
    return inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")[0].strip(), settings


def say_allowed(described: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Say in words what values a JSON schema allows."""
    if "$ref" in described:
        return say_allowed(schema["$defs"][described["$ref"].rpartition("/")[2]], schema)
    for several in ("anyOf", "oneOf"):
        if several in described:
            return " or ".join(
                dict.fromkeys(say_allowed(one, schema) for one in described[several])
            )
    if "const" in described:
        return code(described["const"])
    if "enum" in described:
        return ", ".join(code(value) for value in described["enum"])
    return _say_type(described, schema)


def _say_type(described: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kind = described.get("type")
    if kind == "array":
        items = described.get("items") or (described.get("prefixItems") or [{}])[0]
        return f"list of: {say_allowed(items, schema)}"
    if kind == "object":
        inner = described.get("additionalProperties")
        if isinstance(inner, dict) and inner:
            return f"names, each with: {say_allowed(inner, schema)}"
        return "names and values"
    words = {
        "integer": "whole number",
        "number": "number",
        "string": "text",
        "boolean": "`true`, `false`",
    }
    return " ".join(
        [words.get(str(kind), code("null") if kind == "null" else "any"), *_bounds(described)]
    )


def _bounds(described: Mapping[str, Any]) -> list[str]:
    signs = {"minimum": "≥", "exclusiveMinimum": "&gt;", "maximum": "≤", "exclusiveMaximum": "&lt;"}
    return [f"{sign} {described[key]:g}" for key, sign in signs.items() if key in described]


def _show(value: object) -> str:
    """Write a value as YAML would."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, tuple):
        value = list(value)
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return code(text.removesuffix("\n...\n").strip())


def _write_environments(name: str) -> str:
    rows = []
    for environment in ENVIRONMENTS:
        given = read_yaml("parameters", environment).get(name)
        if given is not None:
            rows.append([code(environment), _show(given)])
    return f"\nIn other environments:\n\n{table(['environment', 'sets'], rows)}" if rows else ""
