"""Prompts as messages to a model that was tuned to converse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.language_models.specification import ModelError

if TYPE_CHECKING:
    from isogloss.language_models.loading import LoadedModel


def frame_as_chat(loaded: LoadedModel, prompt: str) -> str:
    """Put a prompt as a user's message into the chat template of a model.

    Raises:
        ModelError: if it has none.
    """
    tokenizer: Any = loaded.tokenizer
    if not tokenizer.chat_template:
        raise ModelError(
            f"Model {loaded.name!r} has no chat template: it is a base model. Set chat_template to "
            "false, or study an instruction-tuned model."
        )
    return str(
        tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
        )
    )
