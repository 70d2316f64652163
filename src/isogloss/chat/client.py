"""OpenAI's clients, told where to ask and with which key."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from isogloss.chat.records import ChatError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from isogloss.chat.model import ChatModel


def async_client(chat: ChatModel) -> AsyncOpenAI:
    """Make a client for many requests at a time, which tries each of them once.

    Raises:
        ChatError: if there is no key, or the client is not installed.
    """
    settings = _settings(chat)
    from openai import AsyncOpenAI

    client = AsyncOpenAI(max_retries=0, **settings)
    _forget_account(chat, client)
    return client


def blocking_client(chat: ChatModel, retries: int) -> OpenAI:
    """Make a client for files and batches.

    Args:
        chat: the model.
        retries: how often what fails is tried again.

    Raises:
        ChatError: if there is no key, or the client is not installed.
    """
    settings = _settings(chat)
    from openai import OpenAI

    client = OpenAI(max_retries=retries, **settings)
    _forget_account(chat, client)
    return client


def _settings(chat: ChatModel) -> dict[str, Any]:
    if find_spec("openai") is None:
        raise ChatError(f"Asking {chat.name} needs: pip install 'isogloss[chat]'")
    limits = chat.specification
    # Stated, since the client would else take the address from the environment.
    return {"api_key": chat.secret(), "base_url": limits.url, "timeout": limits.timeout}


def _forget_account(chat: ChatModel, client: AsyncOpenAI | OpenAI) -> None:
    """Tell no other server which account at OpenAI the environment names."""
    if chat.specification.base_url is not None:
        client.organization = client.project = None
