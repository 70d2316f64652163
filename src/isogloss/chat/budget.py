"""How much may be spent: estimated before a request is sent, counted when its answer is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from isogloss.chat.records import ChatResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.chat.contents import Contents
    from isogloss.chat.specification import ChatSpecification

Tokens = tuple[int, int]
"""Of a prompt, and of its answer."""

BYTES_PER_TOKEN = 3
"""Of a prompt. English has more, few languages have less: rather too many tokens than too few."""
TOKENS_PER_MESSAGE = 4
USUAL_ANSWER = 1000
"""Tokens of an answer whose length nothing limits, until longer ones are seen."""


class Budget:
    """Keeps spending below what the catalog entry of a model allows, over all runs with a store.

    Args:
        specification: budgets and prices.
        contents: of the store, whose spending grows as answers are kept.
    """

    def __init__(self, specification: ChatSpecification, contents: Contents) -> None:
        self._specification = specification
        self._contents = contents
        self._reserved: Tokens = (0, 0)

    def estimate(self, body: Mapping[str, Any]) -> Tokens:
        """Estimate the tokens of prompt and answer before anything is sent."""
        asked = {name: body[name] for name in ("messages", "tools") if name in body}
        size = len(json.dumps(asked, ensure_ascii=False).encode())
        prompt = size // BYTES_PER_TOKEN + TOKENS_PER_MESSAGE * len(body["messages"])
        longest = body.get("max_tokens") or body.get("max_completion_tokens")
        return prompt, int(longest or max(USUAL_ANSWER, self._contents.longest))

    def cost(self, prompt: int, completion: int) -> float | None:
        """Give the price of so many tokens; None if no prices are known."""
        prices = self._specification.prices
        return None if prices is None else prices.cost(prompt, completion)

    def has_room(self, estimate: Tokens) -> bool:
        """Say whether a request may be sent beside those that are under way."""
        prompt = self._reserved[0] + estimate[0]
        completion = self._reserved[1] + estimate[1]
        tokens, money = self._specification.token_budget, self._specification.money_budget
        spent = self._contents.spending
        return not (
            (tokens is not None and spent.tokens + prompt + completion > tokens)
            or (money is not None and spent.money + (self.cost(prompt, completion) or 0) > money)
        )

    def reserve(self, estimate: Tokens) -> None:
        """Count a request as under way."""
        self._reserved = (self._reserved[0] + estimate[0], self._reserved[1] + estimate[1])

    def release(self, estimate: Tokens) -> None:
        """Count it as under way no longer: its answer is kept, or it failed."""
        self._reserved = (self._reserved[0] - estimate[0], self._reserved[1] - estimate[1])

    def priced(self, line: Mapping[str, Any], estimate: Tokens, lost: int) -> dict[str, Any]:
        """Add to the line of an answer what it has taken.

        Args:
            line: of a batch output file.
            estimate: of the request, which stands in where the server reports nothing.
            lost: number of tries before it that may have been charged.
        """
        response = ChatResponse.from_line(line)
        reported = (response.prompt_tokens, response.completion_tokens)
        prompt, completion = (
            (guess if counted is None else counted) + lost * guess
            for counted, guess in zip(reported, estimate, strict=True)
        )
        unreported = prompt + completion - sum(counted or 0 for counted in reported)
        cost = self.cost(prompt, completion)
        return {**line, "cost": cost, "unreported_tokens": unreported}

    def describe(self) -> str:
        """Say that the budget is reached, and how to go on."""
        limits = {
            name: value
            for name in ("token_budget", "money_budget")
            if (value := getattr(self._specification, name)) is not None
        }
        named = " and ".join(f"{name}: {value:,}" for name, value in limits.items())
        return (
            f"The budget is reached ({named}): {self._contents.spending} so far, and the next "
            "request might exceed it. Raise it in the catalog entry to go on."
        )
