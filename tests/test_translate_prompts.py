"""The pipeline that has a model translate the prompts, against a server of OpenAI's protocol."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from isogloss.errors import Refusal, find_refusal
from tests.chat.conftest import server
from tests.chat.stub_server import Fault, StubServer
from tests.pipelines.cultural.small_prompts import SHIPPED, read_text_table
from tests.sessions import ROOT, session

__all__ = ["server"]

QUESTION = "f121"
TEXTS = ("templates", "topics", "statements", "closed_questions", "answer_words")
COPIED = ("countries", "labelled_statements")
FAILING = "Strongly"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """The shipped tables of one question, in English alone."""
    folder = tmp_path / "english"
    folder.mkdir()
    for name in (*TEXTS, *COPIED):
        table = read_text_table(SHIPPED / f"{name}.csv")
        if name in TEXTS:
            table = table[table["language"] == "eng"]
        if "question" in table:
            table = table[table["question"] == QUESTION]
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def settings(server: StubServer, tmp_path: Path, tables: Path) -> dict[str, str]:
    return {
        "data_root": str(tmp_path / "data"),
        "responses_root": str(tmp_path / "responses"),
        "translated_prompts": str(tmp_path / "translated"),
        "prompt_tables": str(tables),
        "vllm_url": server.url,
        "prompt_translation.translator": "gemma_2_9b_vllm",
        "prompt_translation.languages": "dan",
    }


def translate(parameters: dict[str, str]) -> None:
    group = "prompt_translation"
    plain = {name: value for name, value in parameters.items() if not name.startswith(group)}
    words = [name.partition(".")[2] for name in parameters if name.startswith(group)]
    translation = {word: parameters[f"{group}.{word}"] for word in words}
    with session("test", **plain, prompt_translation=translation) as opened:
        opened.run(pipeline_names=["translate_prompts"])


def content(body: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = json.loads(body["messages"][1]["content"])
    return found


def there_and_back(body: dict[str, Any]) -> dict[str, Any]:
    """Translate by a mark in front, and back by taking it off."""
    asked = content(body)
    text = asked["text"].removeprefix("da ") if asked["to"] == "English" else f"da {asked['text']}"
    return {"role": "assistant", "content": json.dumps({"translation": text})}


def is_back(prompt: str) -> bool:
    return bool(json.loads(prompt)["to"] == "English")


@pytest.mark.slow
def test_a_killed_translation_is_paid_once_and_makes_prompts(
    server: StubServer, tables: Path, tmp_path: Path
) -> None:
    parameters = settings(server, tmp_path, tables)
    server.message = there_and_back
    # No translation back is answered before the kill: all that was paid is then in the store.
    server.faults = lambda prompt, tried: Fault("hang") if is_back(prompt) else None
    command = [sys.executable, "-m", "kedro", "run", "--env", "test", "--pipelines"]
    given = ",".join(f"{name}={value}" for name, value in parameters.items())
    process = subprocess.Popen([*command, "translate_prompts", "--params", given], cwd=ROOT)
    while not any(is_back(prompt) for prompt in list(server.tries)):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    # One that is dealt with late must still find the fault, or the dead would be answered.
    server.settle()
    paid = dict(server.answered)
    assert paid
    assert not (tmp_path / "translated" / "topics.csv").exists()
    server.faults = lambda prompt, tried: None
    translate(parameters)
    assert set(server.answered.values()) == {1}
    assert len(server.answered) == 2 * len(paid)
    translate(parameters)
    assert set(server.answered.values()) == {1}

    folder = tmp_path / "translated"
    assert {path.stem for path in folder.iterdir()} == {*TEXTS, *COPIED, "translations"}
    checks = pd.read_csv(folder / "translations.csv")
    assert set(checks["status"]) == {"kept"}
    assert checks["chrf"].min() == 100
    topics = read_text_table(folder / "topics.csv")
    assert set(zip(topics["language"], topics["wording"], strict=True)) == {
        ("eng", "written"),
        ("dan", "machine"),
    }
    prompts = make_prompts(tmp_path)
    danish = prompts[prompts["language"] == "dan"]
    assert len(danish) == 9
    assert set(danish["wording"]) == {"machine"}
    assert danish["text"].str.startswith("da ").all()


def make_prompts(tmp_path: Path) -> pd.DataFrame:
    """Make prompts of the translated tables, as the next run does."""
    chosen = {"languages": "eng dan", "questions": QUESTION, "per_question": None}
    with session(
        "test",
        data_root=str(tmp_path / "data"),
        prompt_tables=str(tmp_path / "translated"),
        survey_prompts=chosen,
    ) as opened:
        opened.run(pipeline_names=["cultural"], to_nodes=["make_prompts"])
    return pd.read_parquet(tmp_path / "data" / "03_primary" / "survey_prompts.parquet")


@pytest.mark.slow
def test_corrections_are_added_to_and_never_written_over(
    server: StubServer, tables: Path, tmp_path: Path
) -> None:
    parameters = settings(server, tmp_path, tables)
    server.message = there_and_back
    translate(parameters)
    path = tmp_path / "translated" / "statements.csv"
    path.write_text(path.read_text().replace("da Divorce is wrong.", "Skilsmisse er forkert."))
    with pytest.raises(Refusal, match="statements.csv holds 1 row that this run would change"):
        translate_and_find_refusal(parameters)
    further = {"prompt_tables": str(path.parent), "prompt_translation.languages": "dan nld"}
    translate(parameters | further)
    statements = read_text_table(path).set_index("language")
    assert statements["con"].to_dict() == {
        "eng": "Divorce is wrong.",
        "dan": "Skilsmisse er forkert.",
        "nld": "da Divorce is wrong.",
    }


def translate_and_find_refusal(parameters: dict[str, str]) -> None:
    try:
        translate(parameters)
    except Exception as error:
        refusal = find_refusal(error)
        assert refusal is not None
        raise refusal from error


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "prompt_translation.translator is not set: .*translator=gpt_4o"),
        ({"languages": "nld"}, "translator=gpt_4o,prompt_translation.languages=nld"),
        ({"translator": "gpt_4"}, "no chat or causal model 'gpt_4'. Did you mean gpt_4o"),
        ({"translator": "gpt_4o"}, "prompt_translation.languages is empty"),
    ],
)
def test_what_is_not_set_is_named(
    tmp_path: Path, given: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A missing key would be told first.
    monkeypatch.setenv("OPENAI_API_KEY", "none-that-is-used")
    places = {
        name: str(tmp_path / name) for name in ("data_root", "responses_root", "translated_prompts")
    }
    with (
        pytest.raises(Refusal, match=message),
        session("test", **places, prompt_translation=given) as opened,
    ):
        opened.run(pipeline_names=["translate_prompts"])
