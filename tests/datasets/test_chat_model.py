from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog, DatasetError

from isogloss.chat import ChatModel
from isogloss.config import SessionConfigLoader
from isogloss.datasets import ChatModelDataset
from isogloss.errors import Refusal, find_refusal
from tests.configurations import CATALOG, conf, forget_the_session, load, write
from tests.sessions import ENVIRONMENTS, session

__all__ = ["conf", "forget_the_session"]

KEY = "sk-sentinel-0123456789abcdefghijklmnop"
ENTRY = {"type": "isogloss.datasets.ChatModelDataset", "model": "m"}


def test_an_entry_gives_a_handle_with_its_key() -> None:
    dataset = ChatModelDataset(
        name="mine",
        model="m",
        base_url="http://localhost:8000/v1",
        family="llama",
        credentials={"api_key": KEY},
        metadata={"kedro-viz": {"layer": "models"}},
    )
    chat = dataset.load()
    assert isinstance(chat, ChatModel)
    assert (chat.name, chat.family, chat.secret()) == ("mine", "llama", KEY)
    assert dataset.exists()


def test_the_key_is_shown_nowhere() -> None:
    dataset = ChatModelDataset(name="mine", model="m", credentials={"api_key": KEY})
    assert KEY not in f"{dataset} {dataset!r} {dataset._describe()} {dataset.load()!r}"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"api_key": KEY}, "no setting 'mine.chat.api_key' .* Did you mean api_key_variable?"),
        ({"api_key_variable": KEY}, "mine.chat.api_key_variable"),
        ({"base_url": f"https://me:{KEY}@host/v1"}, "must hold no name, key or query"),
        ({"extra_body": KEY}, "mine.chat.extra_body"),
        ({"headers": {"Authorization": KEY}}, "no setting 'mine.chat.headers'"),
        ({"credentials": {"key": KEY}}, "must hold one text, `api_key`"),
        ({"engine": "opnai"}, "mine.chat.engine = 'opnai': it must be 'openai', .* mean openai?"),
        ({"concurrency": "many"}, "mine.chat.concurrency = 'many': it must be a whole number"),
        ({"money_budget": 3}, "money_budget needs prices"),
    ],
)
def test_entries_that_do_not_fit_are_refused_without_showing_what_may_be_a_key(
    given: dict[str, Any], message: str
) -> None:
    entry = {"name": "mine", **ENTRY, **given}
    with pytest.raises(DatasetError) as caught:
        ChatModelDataset.from_config("mine.chat", entry)
    refusal = find_refusal(caught.value)
    assert refusal is not None
    with pytest.raises(Refusal, match=message):
        raise refusal
    assert KEY not in str(refusal)
    assert KEY not in str(caught.value)


def catalog_of(loader: SessionConfigLoader) -> DataCatalog:
    return DataCatalog.from_config(loader["catalog"], credentials=loader["credentials"])


def test_absent_credentials_disturb_nobody_who_does_not_use_them(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    entries = {"gpt.chat": {**ENTRY, "credentials": "openai"}}
    write(conf / "base" / "catalog.yml", {**CATALOG, **entries})
    catalog = catalog_of(load(conf, "other"))
    chat = catalog.load("gpt.chat")
    with pytest.raises(Refusal, match="Asking gpt takes a key") as caught:
        chat.secret()
    assert str(caught.value).endswith(":\nopenai:\n  api_key: ...")
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    assert chat.secret() == "from-the-environment"
    write(conf / "local" / "credentials.yml", {"openai": {"api_key": KEY}})
    assert catalog_of(load(conf, "other")).load("gpt.chat").secret() == KEY


def test_absent_credentials_of_anything_else_are_refused_as_ever(conf: Path) -> None:
    entry = {"type": "pandas.CSVDataset", "filepath": "s3://x/y.csv", "credentials": "bucket"}
    write(conf / "base" / "catalog.yml", {**CATALOG, "table": entry})
    with pytest.raises(KeyError, match="Unable to find credentials 'bucket'"):
        catalog_of(load(conf))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_shipped_chat_models_are_called_as_their_entries(environment: str) -> None:
    with session(environment) as opened:
        catalog = opened.load_context().catalog
        models = [name for name in catalog.keys() if name.endswith(".chat")]
        assert {"gpt_4o.chat", "gpt_4_turbo.chat", "gpt_3_5_turbo.chat"} <= set(models)
        assert [catalog.load(name).name for name in models] == [
            name.removesuffix(".chat") for name in models
        ]
        assert catalog.load("gpt_4o.chat").specification.prices.output == 10.0
