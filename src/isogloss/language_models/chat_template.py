"""Prompts as messages to a model that was tuned to converse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.language_models.libraries import refuse_unreadable
from isogloss.language_models.specification import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.language_models.loading import LoadedModel


def frame_as_chat(loaded: LoadedModel, prompt: str) -> str:
    """Put a prompt as a user's message into the chat template of a model.

    Raises:
        ModelError: if it has none.
    """
    return frame_conversation(loaded, [{"role": "user", "content": prompt}])


def frame_conversation(loaded: LoadedModel, messages: Sequence[Mapping[str, str]]) -> str:
    """Put messages into the chat template of a model, up to where its answer begins.

    Args:
        loaded: an open model.
        messages: each with `role` and `content`.

    Raises:
        ModelError: if it has no template, or one that does not take such messages.
    """
    tokenizer: Any = loaded.tokenizer
    if not has_chat_template(loaded):
        raise ModelError(
            f"Model {loaded.name!r} has no chat template: it is a base model. Set chat_template to "
            "false, or study an instruction-tuned model."
        )
    given = [dict(message) for message in messages]
    roles = ", ".join(message["role"] for message in messages)
    # A template is a small program, which may fail in any way.
    with refuse_unreadable(
        f"The chat template of model {loaded.name!r} does not take messages of the roles {roles}"
    ):
        framed = tokenizer.apply_chat_template(given, tokenize=False, add_generation_prompt=True)
    return str(framed)


def has_chat_template(loaded: LoadedModel) -> bool:
    """Say whether a model was tuned to converse."""
    return bool(loaded.tokenizer.chat_template)


def control_tokens_in(loaded: LoadedModel, text: str) -> list[str]:
    """Give the control tokens of a model that a text spells out.

    In a message they would begin or end turns that nobody took.
    """
    tokenizer: Any = loaded.tokenizer
    added = tokenizer.added_tokens_decoder.values()
    return [token.content for token in added if token.special and token.content in text]
