"""Asking a server request by request: many at a time, each answer on the disk before it is used."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.chat.budget import Budget, Tokens
from isogloss.chat.client import async_client
from isogloss.chat.contents import Failure
from isogloss.chat.records import ChatRequest, response_line
from isogloss.chat.tries import Outcome, try_once
from isogloss.chat.turns import Turns
from isogloss.progress import ProgressReport, progress
from isogloss.stopping import RunEndedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai import AsyncOpenAI

    from isogloss.chat.model import ChatModel
    from isogloss.chat.store import OpenStore

ALIKE = 10
"""Where so many requests fail, one after the other and none answered, the rest is not tried."""
TRIES_OF_ABSENT = 1
"""Further tries where no request of a run has found a connection yet."""
ENDED = "the run ended before a further try"


def ask_server(chat: ChatModel, outstanding: Mapping[str, ChatRequest], store: OpenStore) -> str:
    """Ask for answers and keep each as it comes, until all are there or nothing more can be.

    Args:
        chat: a model whose engine is `openai`.
        outstanding: key -> request without an answer.
        store: takes answers and failures.

    Returns:
        Why it ended before all were tried, or that the server could not be reached; else empty.

    Raises:
        ChatError: if there is no key.
    """
    client = async_client(chat)
    with progress(chat.name, len(outstanding), items="answers") as report:
        run = _Run(chat, outstanding, store, report)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(run.ask_all(client))
        else:
            run.ask_all_from_notebook(client)
    return run.turns.stopped or run.unreachable


@dataclass
class _Asked:
    """A request that is being tried.

    Attributes:
        key: of the request.
        body: what is sent.
        estimate: of its tokens.
        lost: number of tries that may have been charged though nothing came of them.
    """

    key: str
    body: Mapping[str, Any]
    estimate: Tokens
    lost: int = 0


class _Run:
    """Works through requests, several at a time."""

    def __init__(
        self,
        chat: ChatModel,
        outstanding: Mapping[str, ChatRequest],
        store: OpenStore,
        report: ProgressReport,
    ) -> None:
        self._chat, self._store, self._report = chat, store, report
        self._limits = chat.specification
        self._waiting = iter(outstanding.items())
        self._workers = min(self._limits.concurrency, len(outstanding))
        self._budget = Budget(self._limits, store.contents)
        self.turns = Turns(self._limits, self._budget)
        self._fruitless = self._refused = 0
        self.unreachable = ""
        self._reached = False
        self._unwritten: list[dict[str, Any]] = []
        self._writing = asyncio.Lock()

    async def ask_all(self, client: AsyncOpenAI) -> None:
        """Ask until nothing is left, or nothing more can be asked."""
        async with client:
            await asyncio.gather(*(self._work(client) for _ in range(self._workers)))

    def ask_all_from_notebook(self, client: AsyncOpenAI) -> None:
        """Do so where an event loop is running in this thread already."""
        with ThreadPoolExecutor(1) as thread:
            asking = thread.submit(asyncio.run, self.ask_all(client))
            try:
                asking.result()
            except KeyboardInterrupt:
                self.turns.stopped = "It was interrupted."
                raise

    async def _work(self, client: AsyncOpenAI) -> None:
        for key, request in self._waiting:
            if self.turns.stopped:
                return
            body = self._chat.body(request)
            await self._ask(client, _Asked(key, body, self._budget.estimate(body)))

    async def _ask(self, client: AsyncOpenAI, asked: _Asked) -> None:
        """Try until there is an answer, no hope, or no try left."""
        tried, outcome = 0, Outcome("again")
        while outcome.kind == "again" and tried <= self._further_tries(outcome):
            if tried:
                await self.turns.pause(tried, outcome)
            if not await self.turns.begin(asked.estimate):
                outcome = Outcome("stop", reason=ENDED)
                break
            tried += 1
            outcome = await try_once(client, asked.body, self._limits.timeout, self._store.scrubber)
            self._reached = self._reached or not outcome.unreachable
            if outcome.kind == "answered":
                await self._keep_answer(asked, outcome.body or {})
            if outcome.may_be_charged:
                # It stays reserved until it is on record with the answer or the failure.
                asked.lost += 1
            else:
                self._budget.release(asked.estimate)
            self.turns.end()
        await self._conclude(asked, outcome, tried)
        for _ in range(asked.lost):
            self._budget.release(asked.estimate)

    def _further_tries(self, outcome: Outcome) -> int:
        """Say how often to try again: a server that was never there will hardly come."""
        absent = outcome.unreachable and not self._reached
        return min(TRIES_OF_ABSENT, self._limits.retries) if absent else self._limits.retries

    async def _keep_answer(self, asked: _Asked, body: Mapping[str, Any]) -> None:
        line = self._budget.priced(response_line(asked.key, body), asked.estimate, asked.lost)
        self._fruitless = 0
        self._unwritten.append(line)
        async with self._writing:
            # What came in while others were being written is written at once.
            lines, self._unwritten = self._unwritten, []
            if lines:
                await asyncio.to_thread(self._store.keep_answers, lines)
        response = self._store.contents.responses[asked.key]
        try:
            self._report.worked((response.prompt_tokens or 0) + (response.completion_tokens or 0))
            self._report.finished()
        except RunEndedError as error:
            # What has been asked is paid for: the answers that are under way are kept.
            self.turns.stop(str(error))

    async def _conclude(self, asked: _Asked, outcome: Outcome, tried: int) -> None:
        """Keep the failure, if it is one, and end the run where it will be that of all."""
        if outcome.kind == "stop":
            self.turns.stop(outcome.reason)
            if asked.lost:
                await self._keep_failure(asked, ENDED)
        elif outcome.kind == "refused":
            self._refused += 1
            if self._refused >= ALIKE and not self._store.contents.responses:
                self.turns.stop(f"The server refuses every request ({outcome.reason}).")
            await self._keep_failure(asked, outcome.reason, permanent=True)
        elif outcome.kind == "again":
            self._fruitless += 1
            if outcome.unreachable and not self._reached:
                self.turns.stop(outcome.reason)
            if self._fruitless >= max(ALIKE, self._workers):
                failed = f"The last {self._fruitless} requests failed ({outcome.reason})."
                self.turns.stop(outcome.reason if outcome.unreachable else failed)
            if outcome.unreachable and not asked.lost:
                # It is no fault of any request: told once, and kept with none.
                self.unreachable = outcome.reason
            else:
                await self._keep_failure(asked, f"{outcome.reason}, {tried} tries")

    async def _keep_failure(self, asked: _Asked, reason: str, *, permanent: bool = False) -> None:
        prompt, completion = (asked.lost * tokens for tokens in asked.estimate)
        failure = Failure(
            asked.key,
            reason,
            permanent,
            self._chat.sent(asked.body),
            self._budget.cost(prompt, completion),
            prompt + completion,
        )
        async with self._writing:
            await asyncio.to_thread(self._store.keep_failures, [failure])
