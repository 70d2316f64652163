from __future__ import annotations

from typing import Any

from isogloss.pipelines.reporting.report.provenance_view import describe_run, list_digests
from tests.pipelines.reporting.report.report_pages import FACTS

TEXTS, WEIGHTS = "4ef946f5bab505cb7d0b70e4", "1c842ff16a01dd926b3d5d5d"


def test_digests_are_listed_once_with_the_tables_that_rest_on_them() -> None:
    embedded = {"embedded_languages": {"deu": {"texts": TEXTS}}, "embeddings": {"weights": WEIGHTS}}
    sections: list[Any] = [
        {"made_from": {"alignment": {"gemma": embedded}, "pivot_overview": {"gemma": embedded}}},
        {"made_from": {"task_scores": {"seed": 3, "weights": "cafe", "list": [{"a": TEXTS}]}}},
    ]
    assert list_digests(sections) == [
        ("embedded_languages deu texts", TEXTS, ["alignment", "pivot_overview"]),
        ("gemma embeddings weights", WEIGHTS, ["alignment", "pivot_overview"]),
        ("list a", TEXTS, ["task_scores"]),
    ]


def test_models_are_told_apart_at_the_foot() -> None:
    def made(weights: str) -> dict[str, Any]:
        embedded = {"deu": {"texts": TEXTS}}
        embeddings = {"weights": weights}
        return {"outcomes": {"embedded_languages": embedded, "embeddings": embeddings}}

    other = "12e833e9f16112e833e9f161"
    stacked = {"gemma": made(WEIGHTS), "minilm": made(other)}
    sections: list[Any] = [
        {"made_from": {"summary": stacked, "minilm.alignment": made(other)}},
        {"made_from": {"cross_study": {"scoreboard": {"cells": stacked}}}},
    ]
    assert list_digests(sections, ["gemma", "minilm"]) == [
        ("embedded_languages deu texts", TEXTS, ["summary", "minilm.alignment", "cross_study"]),
        ("gemma outcomes embeddings weights", WEIGHTS, ["summary", "cross_study"]),
        ("minilm outcomes embeddings weights", other,
         ["summary", "minilm.alignment", "cross_study"]),
    ]  # fmt: skip


def test_a_run_is_described_also_where_little_is_known() -> None:
    run = describe_run(FACTS)
    assert run["commit"] == f"{'a' * 40}, with changes that are not committed"
    assert describe_run({**FACTS, "changed": False})["commit"].endswith(", as committed")
    assert run["changed"] == {"tasks.shots": ["5", "2"]}
    assert run["models"]["gemma"]["quantisation"] == "4bit"
    assert describe_run({})["commit"] == "unknown: not run from a git checkout"
    assert describe_run({})["seeds"] == {}
