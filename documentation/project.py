"""The project as it is configured: its catalog files, parameters and pipelines."""

from __future__ import annotations

import functools
import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from kedro.validation.type_extractor import TypeExtractor

from documentation.markdown import first_sentence
from isogloss.config import make_loader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedro.pipeline import Pipeline
    from pydantic import BaseModel

ROOT = Path(__file__).parents[1]
# A study in which every room has something to do: models with weights and behind an interface.
EVERYTHING = {
    "models": "gemma_270m_q4 minilm_l6 gpt_4o",
    "mediation": {"analyses": "all"},
    "counting_benchmark": {"word_questions": True},
    "mediation_effects": {"word_questions": True},
    "prompt_translation": {"translator": "gpt_4o"},
}
GLOBAL = re.compile(r"\$\{runtime_params:\w+,\$\{globals:(\w+)\}\}")


@dataclass(frozen=True)
class CatalogFile:
    """A file of the catalog.

    Attributes:
        name: of the file, without its ending.
        title: first sentence of its comment.
        entries: name -> what the file says of it.
        comments: name -> the comment above the entry; entries without one are lacking.
    """

    name: str
    title: str
    entries: dict[str, dict[str, Any]]
    comments: dict[str, str]


def read_catalog() -> list[CatalogFile]:
    """Read the files of the catalog of base."""
    paths = sorted((ROOT / "conf/base/catalog").glob("*.yml"))
    texts = {path.stem: _put_places(path.read_text(encoding="utf-8")) for path in paths}
    shorthands = dict(
        pair
        for text in texts.values()
        for pair in re.findall(r"^(_\w+): \"?([^\"\n]*)\"?$", text, flags=re.MULTILINE)
    )
    return [_read_file(name, text, shorthands) for name, text in texts.items()]


def _put_places(text: str) -> str:
    """Put the places of base where they are named."""
    places = read_yaml("globals")
    return GLOBAL.sub(lambda match: str(places[match[1]] or ""), text)


def _read_file(name: str, text: str, shorthands: dict[str, str]) -> CatalogFile:
    for short, value in shorthands.items():
        text = text.replace(f"${{{short}}}", value)
    content: dict[str, Any] = yaml.safe_load(text)
    entries = {key: entry for key, entry in content.items() if not key.startswith("_")}
    heading = takewhile(lambda line: line.startswith("#"), text.splitlines())
    said = first_sentence(" ".join(line.removeprefix("#").strip() for line in heading))
    title = re.sub(r" \(docs/\S+\)", "", said) + "."
    found = re.finditer(r"((?:^#.*\n)+)\"?([^\s#\"]+)\"?:\s*\n", text, flags=re.MULTILINE)
    comments = {
        match[2]: " ".join(line.removeprefix("#").strip() for line in match[1].splitlines())
        for match in found
        if match[2] in entries and match.start() > 0
    }
    return CatalogFile(name, title, entries, comments)


def read_yaml(name: str, environment: str = "base") -> dict[str, Any]:
    """Read a file of an environment; nothing if it has none."""
    path = ROOT / "conf" / environment / f"{name}.yml"
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return dict(content or {})


@functools.cache
def load_pipelines() -> dict[str, Pipeline]:
    """Register the pipelines of a study in which every room has something to do."""
    bootstrap_project(ROOT)
    with _quiet("isogloss"):
        make_loader("base", EVERYTHING)
        return dict(pipelines)


def find_parameter_models() -> dict[str, type[BaseModel]]:
    """Give the types of the groups of parameters that nodes take."""
    return dict(TypeExtractor(load_pipelines()).extract_types_from_pipelines())


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Leave out what a logger has to say of models that rooms skip."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
