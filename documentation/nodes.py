"""The page on pipelines: their nodes, what each reads and makes, and what it is for."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING

from documentation.markdown import cell, code, codes, first_sentence, heading, table
from documentation.project import load_pipelines

if TYPE_CHECKING:
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

APART = {
    "plan": "What a run will take: passes, tokens, gigabytes, hours. Reads no weights.",
    "status": "What is done, missing or stale, language by language.",
    "comet": "COMET of translations, in an environment of its own; see "
    "[COMET](../how-to/comet.md).",
    "translate_prompts": "Has a model translate the prompts of the survey; see "
    "[prompts](../how-to/survey-prompts.md).",
    "compare": "Compares the scoreboards of two runs; see [papers](../how-to/paper.md).",
    "check_examples": "Checks lists to count in that were made elsewhere; see "
    "[counting](../how-to/counting.md).",
}
DEFAULT = "__default__"


def list_pipelines() -> str:
    """List all pipelines with their nodes."""
    parts = []
    for name, pipeline in load_pipelines().items():
        if name != DEFAULT:
            said = APART.get(name) or _describe_room(name)
            parts.append(f"{heading(2, code(name), name)}\n{said}\n\n{_list_nodes(pipeline)}")
    return "\n".join(parts)


def _describe_room(name: str) -> str:
    module = importlib.import_module(f"isogloss.pipelines.{name}")
    return first_sentence(module.__doc__) + "."


def _list_nodes(pipeline: Pipeline) -> str:
    rows = {}
    for node in pipeline.nodes:
        models = _models(node)
        inputs = [_general(one, models) for one in node.inputs]
        outputs = [_general(one, models) for one in node.outputs]
        said = first_sentence(inspect.getdoc(node.func))
        name = node.name.rpartition(".")[2].rpartition("__")[2] if node.namespace else node.name
        key = (_general(name, models), tuple(sorted(set(outputs))))
        rows[key] = [
            f"{code(key[0])}<br>{cell(said)}",
            _fold(inputs),
            _fold(outputs),
        ]
    return table(["node", "reads", "makes"], rows.values())


def _models(node: Node) -> list[str]:
    """Give the models that a node reads or writes something of."""
    names = [*node.inputs, *node.outputs]
    return sorted({name.split(".")[0] for name in names if "." in name and ":" not in name})


def _general(name: str, models: list[str]) -> str:
    """Put `{model}` for the name of any model."""
    for model in models:
        if name == model or name.startswith(f"{model}."):
            name = "{model}" + name.removeprefix(model)
        name = name.replace(f"_{model}", "_{model}")
    return name


def _fold(names: list[str]) -> str:
    return codes(dict.fromkeys(names))
