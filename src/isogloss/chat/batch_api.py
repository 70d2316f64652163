"""Asking by a Batch API: submitted once however often the run is killed, polled, and fetched."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

from isogloss.chat.batch_state import Batch, BatchState
from isogloss.chat.batches import hand_over, take_back
from isogloss.chat.client import blocking_client
from isogloss.chat.records import ENDPOINT, ChatError, ChatRequest
from isogloss.chat.tries import read_status
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openai import OpenAI
    from openai.types import Batch as ServerBatch

    from isogloss.chat.model import ChatModel
    from isogloss.chat.store import OpenStore

logger = logging.getLogger(__name__)

T = TypeVar("T")

MARK = "isogloss"
"""Metadata by which a batch is found again at the server."""
ENDED = ("completed", "failed", "expired", "cancelled")


def ask_by_batch(chat: ChatModel, outstanding: Mapping[str, ChatRequest], store: OpenStore) -> str:
    """Hand requests over to the Batch API of a server, wait, and keep what comes back.

    Args:
        chat: a model whose engine is `batch`.
        outstanding: key -> request without an answer.
        store: takes answers and failures.

    Returns:
        Why some requests were not handed over, or came back unanswered; empty if all went well.

    Raises:
        ChatError: if there is no key, or the server cannot be reached.
    """
    state = BatchState(store.journal)
    retries = chat.specification.retries
    with blocking_client(chat, retries) as patient, blocking_client(chat, 0) as once:
        server = _Server(chat, patient, once)
        of_earlier_runs = {batch.name for batch in state.under_way()}
        batches, stopped = hand_over(chat, outstanding, store, state)
        submitted = []
        for batch in batches:
            if batch.id is None:
                found = server.find(batch) if batch.name in of_earlier_runs else None
                identifier = found or server.submit(batch, state)
                submitted.append(state.submitted(batch, identifier))
            else:
                submitted.append(batch)
        faults = _wait(chat, server, submitted, store, state)
    return " ".join([*faults, stopped]).strip()


def _wait(
    chat: ChatModel, server: _Server, batches: list[Batch], store: OpenStore, state: BatchState
) -> list[str]:
    """Keep what comes back of each batch as soon as it has ended; say what went wrong."""
    faults: list[str] = []
    shown = dict.fromkeys(batches, 0)
    with progress(chat.name, sum(batch.requests for batch in batches), items="requests") as report:
        while shown:
            for batch, before in list(shown.items()):
                found = server.look(batch)
                shown[batch] = max(before, _done(found))
                if found.status in ENDED:
                    take_back(chat, batch, server.fetch(found), store, state)
                    faults += server.describe_fault(found)
                    del shown[batch]
                report.finished(shown.get(batch, batch.requests) - before)
            if shown:
                time.sleep(chat.specification.poll_seconds)
    return faults


class _Server:
    """The files and batches of a server.

    Args:
        chat: the model.
        patient: a client that repeats what fails for a while.
        once: a client that does not.
    """

    def __init__(self, chat: ChatModel, patient: OpenAI, once: OpenAI) -> None:
        self._chat, self._patient, self._once = chat, patient, once
        self._scrubber = chat.scrubber()

    def find(self, batch: Batch) -> str | None:
        """Give the id of a batch that may have been submitted before the run was killed."""
        return self._call(
            "looking for a batch that may be there already", lambda: self._find(batch)
        )

    def _find(self, batch: Batch) -> str | None:
        for found in self._patient.batches.list(limit=100):
            if (found.metadata or {}).get(MARK) == batch.name:
                return _text(found.id)
        return None

    def submit(self, batch: Batch, state: BatchState) -> str:
        """Submit a batch, and give its id."""

        def upload() -> str:
            with state.open_input(batch) as file:
                return _text(self._patient.files.create(file=file, purpose="batch").id)

        def create() -> str:
            # Once, since what seems to fail may have been done.
            made = self._once.batches.create(
                input_file_id=uploaded,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={MARK: batch.name},
            )
            return _text(made.id)

        uploaded = self._call("uploading a batch", upload)
        try:
            identifier = self._call("submitting a batch", create)
        except ChatError:
            found = self.find(batch)
            if found is None:
                raise
            identifier = found
        logger.info(
            "%s: batch %s of %d requests is submitted. Kill this run whenever you like: the same "
            "command again fetches the answers.",
            *(self._chat.name, identifier, batch.requests),
        )
        return identifier

    def look(self, batch: Batch) -> ServerBatch:
        """Ask how far a batch is."""

        def retrieve() -> ServerBatch:
            found = self._patient.batches.retrieve(str(batch.id))
            _text(found.status)
            return found

        return self._call("asking for a batch", retrieve)

    def fetch(self, found: ServerBatch) -> list[bytes]:
        """Fetch the output file and the error file of a batch that has ended."""

        def download(name: str) -> bytes:
            return self._call("fetching answers", lambda: self._patient.files.content(name).content)

        files = (found.output_file_id, found.error_file_id)
        return [download(name) for name in files if name]

    def describe_fault(self, found: ServerBatch) -> list[str]:
        """Say in what way a batch did not end as it should; nothing if it did."""
        if found.status == "completed":
            return []
        stated = getattr(found.errors, "data", None) or []
        messages = (str(getattr(one, "message", one)) for one in stated)
        reasons = self._scrubber.message("; ".join(messages))
        return [f"Batch {found.id} {found.status}{f' ({reasons})' if reasons else ''}."]

    def _call(self, doing: str, call: Callable[[], T]) -> T:
        """Call the server; the client's errors, which may repeat the key, go no further."""
        import openai

        reason = ""
        try:
            return call()
        except openai.APIStatusError as error:
            text, headers = error.response.text, error.response.headers
            reason = read_status(error.status_code, text, headers, self._scrubber).reason
        except openai.APIError as error:
            reason = self._scrubber.message(f"{type(error).__name__}: {error}")
        except (AttributeError, TypeError, ValueError):
            reason = "what it sent back is nothing that a Batch API sends"
        raise ChatError(
            f"{self._chat.name}: {doing} failed ({reason}). The same command again goes on from "
            "here; no batch is submitted twice."
        )


def _done(found: ServerBatch) -> int:
    """Give how many requests of a batch are done, as far as the server says."""
    counts = found.request_counts
    return sum(getattr(counts, name, None) or 0 for name in ("completed", "failed"))


def _text(value: object) -> str:
    """Give a text that a server has sent; the client takes anything for what it asked for."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value
