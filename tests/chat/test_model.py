from __future__ import annotations

import pickle
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from isogloss.chat import ChatError, ChatModel, ChatSpecification, Prices
from isogloss.chat.model import key_of_credentials
from tests.chat.conftest import SENTINEL, ask


def model(name: str = "mine", credentials: str = "", **settings: Any) -> ChatModel:
    specification = ChatSpecification.model_validate({"model": "m", **settings})
    return ChatModel(name, specification, credentials=credentials)


def test_prices_are_by_the_million() -> None:
    assert Prices(input=2.5, output=10).cost(1_000_000, 100_000) == pytest.approx(3.5)


def test_what_is_sent_holds_further_fields_and_the_name_of_the_limit() -> None:
    chat = model(max_tokens_name="max_completion_tokens", extra_body={"top_k": 5})
    assert chat.body(ask("x")) == {
        "model": "m",
        "messages": [{"role": "user", "content": "x"}],
        "max_completion_tokens": 50,
        "top_k": 5,
    }
    assert chat.key(ask("x")) == model(extra_body={"top_k": 5}).key(ask("x"))
    assert chat.key(ask("x")) != model().key(ask("x"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"money_budget": 1}, "money_budget needs prices"),
        ({"extra_body": {"temperature": 1, "seed": 3}}, "holds temperature, seed, which each"),
        ({"extra_body": {"n": 2}}, "holds n: one whole answer"),
        ({"base_url": "localhost:8000"}, "base_url must begin with http"),
        ({"base_url": "https://me:secret@host/v1"}, "base_url must hold no name, key or query"),
        ({"base_url": "https://host/v1?key=secret"}, "base_url must hold no name, key or query"),
        ({"base_url": "http://[host"}, "base_url is no address"),
        ({"concurrency": 0}, "concurrency"),
        ({"engin": "batch"}, "engin"),
    ],
)
def test_specifications_that_do_not_fit_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        model(**settings)


def test_the_key_comes_from_the_credentials_and_else_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment\n")
    given = ChatModel("mine", ChatSpecification(model="m"), SecretStr(SENTINEL))
    assert given.secret() == SENTINEL
    assert model().secret() == "from-the-environment"
    monkeypatch.setenv("MY_KEY", "of-my-server")
    assert model(base_url="http://host/v1", api_key_variable="MY_KEY").secret() == "of-my-server"


def test_no_other_server_is_sent_the_key_for_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SENTINEL)
    assert model(base_url="http://localhost:8000/v1").secret() == "none"


def test_an_absent_key_is_asked_for_with_what_to_write_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ChatError) as caught:
        model("gpt_4o", credentials="openai").secret()
    assert "Asking gpt_4o takes a key" in str(caught.value)
    assert "environment variable OPENAI_API_KEY:\nopenai:\n  api_key: ..." in str(caught.value)
    with pytest.raises(ChatError, match="`credentials: my_server` into its catalog entry"):
        model().secret()
    with pytest.raises(ChatError, match="git ignores\\):\nlab:\n  api_key"):
        model(credentials="lab", base_url="http://host/v1").secret()


def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-schlüssel")
    with pytest.raises(ChatError, match="variable OPENAI_API_KEY holds what no key can") as caught:
        model().secret()
    assert "schl" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [{}, {"api_kye": SENTINEL}, {"api_key": 5}, {"api_key": SENTINEL, "b": SENTINEL}, SENTINEL],
)
def test_credentials_that_do_not_fit_are_refused_without_being_shown(given: Any) -> None:
    with pytest.raises(ChatError, match="credentials of x.chat must hold one text") as caught:
        key_of_credentials("x.chat", given)
    assert SENTINEL not in str(caught.value)


def test_a_model_shows_its_key_nowhere_and_can_be_sent_to_another_process() -> None:
    chat = ChatModel("mine", ChatSpecification(model="m"), SecretStr(SENTINEL))
    assert SENTINEL not in f"{chat!r} {chat} {vars(chat)}"
    assert pickle.loads(pickle.dumps(chat)).secret() == SENTINEL
    assert chat.family == ""


def test_names_that_cannot_be_folders_are_refused() -> None:
    with pytest.raises(ChatError, match="'../x' cannot name a model"):
        model("../x")
