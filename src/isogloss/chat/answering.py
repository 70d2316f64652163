"""Answers to requests: from the store where they are there, else from whoever gives them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from isogloss.chat.batch_api import ask_by_batch
from isogloss.chat.batches import ask_by_files, refuse_what_is_under_way
from isogloss.chat.local import ask_in_process, local_identity
from isogloss.chat.records import ChatError, ChatRequest, ChatResponse
from isogloss.chat.scrubbing import Scrubber
from isogloss.chat.server import ALIKE, ask_server
from isogloss.errors import join_faults
from isogloss.language_models import LanguageModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from isogloss.chat.contents import Contents
    from isogloss.chat.model import ChatModel
    from isogloss.chat.store import OpenStore, ResponseStore

logger = logging.getLogger(__name__)

SHOWN = 5


class UnansweredError(ChatError):
    """Some requests have no answer yet; those that were given are stored.

    Args:
        message: why, and how to go on.
        reasons: key -> why the last try gave no answer, of requests that were tried.
    """

    def __init__(self, message: str, reasons: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reasons = dict(reasons or {})


def answer(
    chat: ChatModel | LanguageModel, requests: Sequence[ChatRequest], store: ResponseStore
) -> list[ChatResponse]:
    """Have requests answered; what the store holds is not asked again.

    Each answer is on the disk before it is returned: a run that is killed loses no more than the
    requests that are under way. A request that is refused for good (too long, or filtered) gets a
    response with `error` and without text; a warning counts these.

    Args:
        chat: a chat model; or a language model, which answers in this process: by its chat
            template, or continuing the last message as a text where it has none.
        requests: in any order; equal ones are asked once.
        store: where the answers of this model are kept.

    Returns:
        One response a request, in their order.

    Raises:
        UnansweredError: if others stay without an answer; says why, and how to go on.
        ChatError: if the model cannot be asked at all, or the store is damaged.
    """
    engine = _engine_of(chat)
    keys = [engine.key(request) for request in requests]
    asked = dict(zip(keys, requests, strict=True))
    contents, stopped = store.read(), ""
    if engine.outstanding(asked, contents):
        with store.open(engine.scrubber) as held:
            # Another run may have asked some of them while this one waited for the store.
            contents = held.contents
            if outstanding := engine.outstanding(asked, contents):
                stopped = engine.ask(outstanding, held)
                logger.info("%s has so far given %s.", chat.name, contents.spending)
    _require_answers(chat.name, engine.outstanding(asked, contents), contents, store, stopped)
    responses = {key: _response(key, contents) for key in asked}
    _require_a_result(chat.name, list(responses.values()))
    return [responses[key] for key in keys]


@dataclass(frozen=True)
class _Engine:
    """Who answers, and how.

    Attributes:
        key: digest of what is asked of whom.
        sent: digest of what is sent where.
        ask: asks for what is outstanding; says why it ended early.
        scrubber: masks the key of a server.
    """

    key: Callable[[ChatRequest], str]
    sent: Callable[[ChatRequest], str]
    ask: Callable[[Mapping[str, ChatRequest], OpenStore], str]
    scrubber: Scrubber

    def outstanding(
        self, asked: Mapping[str, ChatRequest], contents: Contents
    ) -> dict[str, ChatRequest]:
        """Give the requests without an answer, but for those that were refused for good."""
        return {
            key: request
            for key, request in asked.items()
            if key not in contents.responses and not self._is_refused(key, request, contents)
        }

    def _is_refused(self, key: str, request: ChatRequest, contents: Contents) -> bool:
        failure = contents.failures.get(key)
        return failure is not None and failure.permanent and failure.sent == self.sent(request)


def _engine_of(chat: ChatModel | LanguageModel) -> _Engine:
    if isinstance(chat, LanguageModel):
        identity = local_identity(chat)
        return _Engine(
            key=lambda request: request.key(identity),
            sent=lambda request: identity,
            ask=partial(ask_in_process, chat, identity),
            scrubber=Scrubber(""),
        )
    return _Engine(
        key=chat.key,
        sent=lambda request: chat.sent(chat.body(request)),
        ask=partial(_ask_chat_model, chat),
        scrubber=chat.scrubber(),
    )


def _ask_chat_model(
    chat: ChatModel, outstanding: Mapping[str, ChatRequest], store: OpenStore
) -> str:
    refuse_what_is_under_way(chat, outstanding, store)
    ask = {"openai": ask_server, "batch": ask_by_batch, "vllm_batch": ask_by_files}
    return ask[chat.specification.engine](chat, outstanding, store)


def _require_answers(
    name: str,
    outstanding: Mapping[str, ChatRequest],
    contents: Contents,
    store: ResponseStore,
    stopped: str,
) -> None:
    if not outstanding:
        return
    reasons = {
        key: contents.failures[key].reason for key in outstanding if key in contents.failures
    }
    lines = [f"  {key}: {reason}" for key, reason in reasons.items()]
    raise UnansweredError(
        f"{name}: {stopped or f'{len(outstanding):,} requests got no answer.'}\n"
        + (join_faults(lines, SHOWN, f"more in {store.place}.") + "\n" if lines else "")
        + f"What is answered is kept in {store.place}: {contents.spending}. The same command "
        f"again asks for the {len(outstanding):,} missing answers, and for no other.",
        reasons,
    )


def _response(key: str, contents: Contents) -> ChatResponse:
    if key in contents.responses:
        return contents.responses[key]
    return ChatResponse(key, "", error=contents.failures[key].reason)


def _require_a_result(name: str, responses: Sequence[ChatResponse]) -> None:
    """Refuse requests that were all refused, and say what a reader of the others must know."""
    failed = [response.error for response in responses if response.error]
    # A wrong setting, and no result.
    if len(failed) >= ALIKE and len(failed) == len(responses):
        raise ChatError(
            f"{name} refused all of {len(responses):,} requests, for example: {failed[0]}. Change "
            "what is asked, or its catalog entry."
        )
    if failed:
        logger.warning(
            "%s has no whole answer to %d of %d requests, and will have none; for example: %s",
            name,
            len(failed),
            len(responses),
            failed[0],
        )
    answered_by = sorted({response.answered_by for response in responses} - {""})
    if len(answered_by) > 1:
        logger.warning("%s: the answers are of several models: %s", name, ", ".join(answered_by))
