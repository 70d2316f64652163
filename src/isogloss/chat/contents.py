"""What a store of answers holds, and what it has taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from isogloss.chat.records import ChatResponse

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Spending:
    """What the answers of a store have taken.

    Attributes:
        answers: how many there are.
        prompt_tokens: of their requests, as counted by the server.
        completion_tokens: of the answers.
        unreported_tokens: estimate of what the server may have counted and did not report: tries
            that were broken off, and answers without usage.
        money: price of all tokens, unreported ones included, at the prices that held then.
        without_price: answers whose price is not known.
    """

    answers: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    unreported_tokens: int = 0
    money: float = 0.0
    without_price: int = 0

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.prompt_tokens + self.completion_tokens + self.unreported_tokens

    def __str__(self) -> str:
        """Say it in words."""
        priced = self.without_price < self.answers or self.money
        money = f", price {self.money:,.2f}" if priced else ""
        return f"{self.answers:,} answers, {self.tokens:,} tokens{money}"


@dataclass(frozen=True)
class Failure:
    """A request that got no answer.

    Attributes:
        key: of the request.
        reason: why.
        permanent: whether the same would come of asking the same again.
        sent: digest of what was sent where; a permanent failure says nothing of anything else.
        cost: price of what the server may have counted for it; None if not known.
        unreported_tokens: estimate of what it may have counted.
    """

    key: str
    reason: str
    permanent: bool = False
    sent: str = ""
    cost: float | None = None
    unreported_tokens: int = 0


@dataclass
class Contents:
    """What a store holds.

    Attributes:
        responses: key -> answer.
        failures: key -> failure, of requests without an answer.
        spending: of all.
        longest: tokens of the longest answer.
    """

    responses: dict[str, ChatResponse] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    spending: Spending = field(default_factory=Spending)
    longest: int = 0

    def take_answer(self, line: Mapping[str, Any]) -> bool:
        """Take in the line of an answer, and say whether it is the first of its request."""
        key = line["custom_id"]
        if key in self.responses:
            return False
        response = ChatResponse.from_line(line)
        self.responses[key] = response
        self.failures.pop(key, None)
        self.longest = max(self.longest, response.completion_tokens or 0)
        self.spending.answers += 1
        self.spending.prompt_tokens += response.prompt_tokens or 0
        self.spending.completion_tokens += response.completion_tokens or 0
        self.spending.without_price += line.get("cost") is None
        self._take_cost(line)
        return True

    def take_failure(self, line: Mapping[str, Any]) -> None:
        """Take in the line of a failure; the last one of a request counts."""
        key, reason = line["custom_id"], str(line["error"]["message"])
        failure = Failure(key, reason, bool(line["permanent"]), str(line["sent"]))
        if key not in self.responses:
            self.failures[key] = failure
        self._take_cost(line)

    def _take_cost(self, line: Mapping[str, Any]) -> None:
        self.spending.unreported_tokens += line.get("unreported_tokens", 0)
        self.spending.money += line.get("cost") or 0.0
