"""When the next request may be sent: as the server, the budget and the run allow."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from isogloss.chat.budget import Budget, Tokens
    from isogloss.chat.specification import ChatSpecification
    from isogloss.chat.tries import Outcome

LONGEST_BACKOFF = 60.0
LONGEST_WAIT = 600.0
"""Seconds that a server may ask to wait; where it asks for more, the run ends."""


class Turns:
    """Shared by the workers of a run, all in one event loop.

    Args:
        specification: of the model.
        budget: of the run.

    Attributes:
        stopped: why nothing more is sent; empty while requests are.
    """

    def __init__(self, specification: ChatSpecification, budget: Budget) -> None:
        self._backoff = specification.backoff
        self._budget = budget
        self._draws = np.random.default_rng()
        self._resume_at = 0.0
        self._under_way = 0
        self._changed, self._stopping = asyncio.Event(), asyncio.Event()
        self.stopped = ""

    def stop(self, reason: str) -> None:
        """Have nothing more sent; requests under way are waited for."""
        self.stopped = self.stopped or reason
        self._stopping.set()
        self._changed.set()

    async def begin(self, estimate: Tokens) -> bool:
        """Wait for the next turn, and take it; say whether there is one at all."""
        loop = asyncio.get_running_loop()
        while not self.stopped:
            if (left := self._resume_at - loop.time()) > 0:
                # Not all at the same moment.
                await self._sleep(left + self._draws.uniform(0, self._backoff))
            elif self._budget.has_room(estimate):
                self._budget.reserve(estimate)
                self._under_way += 1
                return True
            elif self._under_way:
                self._changed.clear()
                await self._changed.wait()
            else:
                self.stop(self._budget.describe())
        return False

    def end(self) -> None:
        """Give the turn to others; what it reserved in the budget is the caller's to release."""
        self._under_way -= 1
        self._changed.set()

    async def pause(self, tried: int, outcome: Outcome) -> None:
        """Wait before a further try; what the server asks for holds for all workers.

        Args:
            tried: number of tries so far.
            outcome: of the last one.
        """
        if wait := outcome.wait:
            if wait > LONGEST_WAIT:
                self.stop(f"The server asks to wait {wait:,.0f} seconds ({outcome.reason}).")
            self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + wait)
        backoff = min(LONGEST_BACKOFF, self._backoff * 2.0 ** (tried - 1))
        await self._sleep(backoff * self._draws.uniform(0.5, 1))

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
