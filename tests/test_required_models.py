from __future__ import annotations

from pathlib import Path

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node

from isogloss.chat.records import response_line
from isogloss.chat.scrubbing import Scrubber
from isogloss.datasets import ChatModelDataset, ResponseStoreDataset
from isogloss.errors import Refusal
from isogloss.hooks import RequireModelsHook
from tests.sessions import session


def test_a_model_that_cannot_be_had_is_noticed_before_anything_is_computed(tmp_path: Path) -> None:
    places = {"tiny_model": str(tmp_path / "absent"), "models_root": str(tmp_path / "models")}
    with (
        session("test", data_root=str(tmp_path), **places) as opened,
        pytest.raises(ValueError, match="'tiny'.*absent does not exist"),
    ):
        opened.run()
    assert not (tmp_path / "03_primary").exists()


def test_a_key_that_lacks_is_noticed_too_unless_answers_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    store = ResponseStoreDataset(filepath=str(tmp_path / "store"))
    catalog = DataCatalog(
        {"gpt.chat": ChatModelDataset(name="gpt", model="m"), "gpt.response_store": store}
    )
    pipeline = Pipeline([node(lambda chat: chat, "gpt.chat", "out")])
    hook = RequireModelsHook()
    with pytest.raises(Refusal, match="Asking gpt takes a key, and there is none"):
        hook.before_pipeline_run(pipeline=pipeline, catalog=catalog)
    body = {"model": "m", "choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}
    with store.load().open(Scrubber("")) as held:
        held.keep_answers([response_line("a" * 24, body)])
    hook.before_pipeline_run(pipeline=pipeline, catalog=catalog)


def test_a_key_that_two_models_lack_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    entries = {f"{name}.chat": ChatModelDataset(name=name, model=name) for name in ("a", "b")}
    pipeline = Pipeline([node(lambda one, two: one, ["a.chat", "b.chat"], "out")])
    stores = {
        f"{name}.response_store": ResponseStoreDataset(filepath=str(tmp_path / name))
        for name in ("a", "b")
    }
    with pytest.raises(Refusal) as caught:
        RequireModelsHook().before_pipeline_run(
            pipeline=pipeline, catalog=DataCatalog({**entries, **stores})
        )
    text = str(caught.value)
    assert text.startswith("Asking a and b takes a key, and there is none. Write this into conf/")
    assert text.count("api_key: ...") == 1
