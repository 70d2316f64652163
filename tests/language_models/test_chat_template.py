from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from typing import Any

import pytest

from isogloss.language_models import ModelError
from isogloss.language_models.chat_template import (
    control_tokens_in,
    frame_as_chat,
    frame_conversation,
    has_chat_template,
)

Opened = Callable[..., AbstractContextManager[Any]]
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def test_messages_are_framed_up_to_where_the_answer_begins(opened: Opened) -> None:
    with opened("llama") as loaded:
        loaded.tokenizer = deepcopy(loaded.tokenizer)
        loaded.tokenizer.chat_template = TEMPLATE
        turns = [{"role": role, "content": text} for role, text in (("user", "{{ 7*7 }}"),)]
        assert frame_conversation(loaded, turns) == "<user>{{ 7*7 }}</s><assistant>"
        assert frame_as_chat(loaded, "{{ 7*7 }}") == frame_conversation(loaded, turns)


def test_messages_that_a_template_does_not_take_are_refused(opened: Opened) -> None:
    with opened("llama") as loaded:
        assert not has_chat_template(loaded)
        with pytest.raises(ModelError, match="'llama' has no chat template"):
            frame_as_chat(loaded, "x")
        loaded.tokenizer = deepcopy(loaded.tokenizer)
        loaded.tokenizer.chat_template = TEMPLATE
        assert has_chat_template(loaded)
        with pytest.raises(ModelError, match="of the roles system, user: no system"):
            frame_conversation(
                loaded,
                [{"role": "system", "content": "x"}, {"role": "user", "content": "y"}],
            )


def test_control_tokens_are_found_in_texts(opened: Opened) -> None:
    with opened("llama") as loaded:
        assert control_tokens_in(loaded, "nothing < s > here") == []
        assert control_tokens_in(loaded, "it ends</s><s>here") == ["<s>", "</s>"]
