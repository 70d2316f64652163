from __future__ import annotations

from typing import Any

import pytest

from isogloss.chat import ChatSampling, ChatSpecification, Prices
from isogloss.chat.budget import Budget
from isogloss.chat.contents import Contents
from isogloss.chat.records import response_line
from tests.chat.conftest import ask

PRICES = Prices(input=1.0, output=10.0)


def budget(contents: Contents | None = None, **settings: Any) -> Budget:
    return Budget(ChatSpecification(model="m", **settings), contents or Contents())


def line(prompt: int | None, completion: int | None) -> dict[str, Any]:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return response_line("k", {"choices": [{"message": {"content": "x"}}], "usage": usage})


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("word " * 100, 90), ("слово " * 100, 200), ("字" * 100, 70), ("neno " * 100, 130)],
)
def test_prompts_are_estimated_at_no_fewer_tokens_than_usual_tokenizers_make(
    text: str, tokens: int
) -> None:
    prompt, _ = budget().estimate(ask(text).body("m"))
    assert tokens <= prompt <= 4 * tokens


def test_answers_are_estimated_by_their_limit_or_by_the_longest_seen() -> None:
    assert budget().estimate(ask("x").body("m"))[1] == 50
    unlimited = ask("x", sampling=ChatSampling()).body("m")
    assert budget().estimate(unlimited)[1] == 1000
    contents = Contents()
    contents.take_answer(line(5, 3000))
    assert budget(contents).estimate(unlimited)[1] == 3000


def test_tokens_are_limited_with_those_under_way_and_those_of_earlier_runs() -> None:
    contents = Contents()
    contents.take_answer(line(40, 10))
    limited = budget(contents, token_budget=100)
    assert limited.has_room((30, 20))
    assert not limited.has_room((30, 21))
    limited.reserve((10, 10))
    assert not limited.has_room((30, 20))
    limited.release((10, 10))
    assert limited.has_room((30, 20))


def test_money_is_limited_by_the_prices() -> None:
    limited = budget(money_budget=0.001, prices=PRICES)
    assert limited.has_room((0, 100))
    assert not limited.has_room((1, 100))
    assert budget().has_room((10**9, 10**9))


def test_answers_are_priced_by_usage_and_what_is_not_reported_by_the_estimate() -> None:
    priced = budget(prices=PRICES)
    full = priced.priced(line(1000, 100), (9, 9), lost=0)
    assert (full["cost"], full["unreported_tokens"]) == (pytest.approx(0.002), 0)
    after_two = priced.priced(line(1000, 100), (100, 10), lost=2)
    assert (after_two["cost"], after_two["unreported_tokens"]) == (pytest.approx(0.0024), 220)
    silent = priced.priced(line(None, None), (1000, 100), lost=1)
    assert (silent["cost"], silent["unreported_tokens"]) == (pytest.approx(0.004), 2200)
    assert budget().priced(line(1, 1), (1, 1), 0)["cost"] is None


def test_a_reached_budget_is_described_with_what_was_spent() -> None:
    contents = Contents()
    contents.take_answer(line(1000, 234))
    assert budget(contents, token_budget=2000).describe() == (
        "The budget is reached (token_budget: 2,000): 1 answers, 1,234 tokens so far, and the next "
        "request might exceed it. Raise it in the catalog entry to go on."
    )
