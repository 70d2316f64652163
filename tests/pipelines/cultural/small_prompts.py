"""Small tables of prompts, and a chat model that answers as a function says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from isogloss.chat import ChatRequest, ChatResponse

SHIPPED = Path(__file__).parents[3] / "data" / "01_raw" / "sample" / "prompts"
REFERENCE = Path(__file__).parents[3] / "data" / "01_raw" / "reference"
LANGUAGES = ("eng", "deu")


def read_shipped(name: str) -> pd.DataFrame:
    return read_text_table(SHIPPED / f"{name}.csv")


def read_reference(name: str) -> pd.DataFrame:
    return read_text_table(REFERENCE / f"{name}.csv")


def read_text_table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def templates(*names: str, languages: Sequence[str] = LANGUAGES) -> pd.DataFrame:
    rows = [
        {
            "template": name,
            "language": language,
            "expected": "10",
            "text": f"{name} in {language} about {{topic}}.\n{{country}}\nWrite ten.",
            "document": f"Report of {name}, {language}, about {{topic}}.\n{{country}}\n\n1.",
        }
        for name in names or ("panel", "letters")
        for language in languages
    ]
    return pd.DataFrame(rows)


def topics(*questions: str, languages: Sequence[str] = LANGUAGES) -> pd.DataFrame:
    rows = [
        {
            "question": question,
            "language": language,
            "phrasing": str(phrasing),
            "text": f"{question} {phrasing} {language}",
        }
        for question in questions or ("f120", "f121")
        for language in languages
        for phrasing in (1, 2, 3)
    ]
    return pd.DataFrame(rows)


def countries() -> pd.DataFrame:
    rows = [
        ("GB", "eng", "native", "They live in Britain."),
        ("US", "eng", "native", "They live in America."),
        ("KE", "eng", "official", "They live in Kenya."),
        ("DE", "eng", "other", "They live in Germany."),
        ("DE", "deu", "native", "Sie leben in Deutschland."),
        ("GB", "deu", "other", "Sie leben in Britannien."),
    ]
    return pd.DataFrame(rows, columns=["country", "language", "relation", "sentence"])


def changed(table: pd.DataFrame, row: int, **values: object) -> pd.DataFrame:
    """Give a table with other values in a row."""
    records = table.to_dict("records")
    records[row].update(values)
    return pd.DataFrame(records)


class ScriptedChat:
    """Stands for a chat model: a function gives what it answers, and requests are kept."""

    def __init__(self, reply: Callable[[ChatRequest], ChatResponse]) -> None:
        self.reply = reply
        self.requests: list[ChatRequest] = []

    def ask(self, requests: Sequence[ChatRequest]) -> list[ChatResponse]:
        self.requests.extend(requests)
        return [self.reply(request) for request in requests]

    def answer(
        self, chat: object, requests: Sequence[ChatRequest], store: object
    ) -> list[ChatResponse]:
        return self.ask(requests)


def said(text: str, *calls: tuple[str, str], error: str = "") -> ChatResponse:
    return ChatResponse("0" * 24, text, tool_calls=calls, finish_reason="stop", error=error)
