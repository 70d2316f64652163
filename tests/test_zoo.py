from __future__ import annotations

import pytest

from isogloss.zoo import excuse_absent_credentials, name_models
from tests.sessions import ENVIRONMENTS, session


def test_a_model_is_called_as_its_entry() -> None:
    catalog = {
        "tiny.lm": {"kind": "causal"},
        "gpt.chat": {"model": "m"},
        "old.lm": {"name": "old"},
        "languages": {"type": "x"},
    }
    assert name_models(catalog) == {
        "tiny.lm": {"kind": "causal", "name": "tiny"},
        "gpt.chat": {"model": "m", "name": "gpt"},
        "old.lm": {"name": "old"},
        "languages": {"type": "x"},
    }
    assert catalog["tiny.lm"] == {"kind": "causal"}


def test_a_copied_entry_that_was_not_renamed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'mine\.lm' has `name: tiny`.*rename the entry"):
        name_models({"mine.lm": {"name": "tiny"}})
    with pytest.raises(ValueError, match=r"before \.chat.*rename the entry to 'tiny\.chat'"):
        name_models({"mine.chat": {"name": "tiny"}})


def test_only_chat_models_may_lack_their_credentials() -> None:
    catalog = {
        "a.chat": {"credentials": "here"},
        "b.chat": {"credentials": "gone"},
        "c.chat": {"model": "m"},
        "table": {"credentials": "gone"},
    }
    assert excuse_absent_credentials(catalog, {"here"}) == {
        **catalog,
        "b.chat": {"credentials": {"absent": "gone"}},
    }


def test_a_key_in_the_catalog_is_refused_and_not_shown() -> None:
    catalog = {"a.chat": {"credentials": {"api_key": "sk-1234567890"}}}
    with pytest.raises(ValueError, match=r"'a\.chat' holds its credentials") as caught:
        excuse_absent_credentials(catalog, {})
    assert "sk-" not in str(caught.value)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_shipped_models_are_called_as_their_entries(environment: str) -> None:
    with session(environment) as opened:
        catalog = opened.load_context().catalog
        models = [name for name in catalog.keys() if name.endswith(".lm")]
        assert models
        assert [catalog.load(name).name for name in models] == [
            name.removesuffix(".lm") for name in models
        ]


def test_the_thesis_is_computed_as_its_models_were_loaded() -> None:
    with session("thesis") as opened:
        catalog = opened.load_context().catalog
        models = [name for name in catalog.keys() if name.endswith(".lm")]
        assert {catalog.load(name).specification.dtype for name in models} == {"float32"}
