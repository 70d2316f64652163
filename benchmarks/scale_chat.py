"""What asking many models takes: requests, tokens, money, hours and disk."""

from __future__ import annotations

import csv
from statistics import fmean

from benchmarks.numbers import table, write, write_bytes, write_time
from benchmarks.page import fill
from benchmarks.results import Result
from benchmarks.setting import ROOT
from isogloss.chat.budget import BYTES_PER_TOKEN, TOKENS_PER_MESSAGE
from isogloss.chat.specification import ChatSpecification, Prices
from isogloss.pipelines.cultural.response_parameters import ResponseParameters

PROMPTS, MODELS = 10_000, 50
TEMPLATES = ROOT / "data" / "01_raw" / "sample" / "prompts" / "templates.csv"
TIME = (
    "Time is requests x seconds an answer takes / `concurrency`. Models are asked one after the "
    "other in one process, and side by side by as many [workers](how-to/cluster.md); `concurrency` "
    "is a model's own."
)
SECONDS = (2, 10, 30)
CONCURRENCIES = (ChatSpecification.model_fields["concurrency"].default, 64)
"""The default, and that of the zoo's entries."""


def prompt_tokens() -> float:
    """Estimate the tokens of a shipped prompt as budgets do: bytes / 3, and 4 a message."""
    with TEMPLATES.open(encoding="utf-8", newline="") as file:
        sizes = [len(row["text"].encode()) for row in csv.DictReader(file)]
    return fmean(size // BYTES_PER_TOKEN + TOKENS_PER_MESSAGE for size in sizes)


def hours_of_asking(requests: int, seconds: float, concurrency: int) -> float:
    """Give the hours that requests take whose answers take so many seconds each."""
    return requests * seconds / concurrency / 3600


def render_chat(chat: Result) -> str:
    """Write what 10,000 prompts to 50 models take."""
    settings = ResponseParameters()
    requests = PROMPTS * MODELS * settings.samples
    prompt, completion = prompt_tokens() * requests, settings.max_tokens * requests
    rows = [
        ("requests", f"{requests:,}", "prompts x models x `survey_responses.samples` (1)"),
        (
            "tokens of prompts", f"{write(prompt / 1e6)} million",
            f"{prompt / requests:.0f} a prompt, estimated as budgets do from the shipped templates",
        ),
        (
            "tokens of answers, at most", f"{write(completion / 1e6)} million",
            f"`max_tokens` ({settings.max_tokens})",
        ),
        (
            "money", f"{write(Prices(input=1, output=0).cost(prompt, completion))} x input price + "
            f"{write(Prices(input=0, output=1).cost(prompt, completion))} x output price, at most",
            "prices of a million tokens, from `prices` of each model's entry; none is assumed here",
        ),
        (
            "what the chat layer takes",
            write_time(requests * chat.fact("added_seconds_per_request")),
            f"{write(1000 * chat.fact('added_seconds_per_request'))} ms a request beyond the bare "
            "client, measured",
        ),
        (
            "what layer and client take together, with a server that answers at once",
            write_time(requests * chat.fact("seconds_per_request")),
            f"{write(1000 * chat.fact('seconds_per_request'))} ms a request on loopback, measured",
        ),
        (
            "disk", write_bytes(
                requests * (chat.fact("bytes_per_answer_beside_its_text")
                            + settings.max_tokens * BYTES_PER_TOKEN)
            ),
            f"{chat.fact('bytes_per_answer_beside_its_text'):.0f} bytes a line beside the text "
            f"(measured), {BYTES_PER_TOKEN} a token of the answer",
        ),
        (
            "reading all answers again",
            write_time(requests * chat.fact("seconds_per_answer_read")),
            f"measured, with answers of {settings.max_tokens} tokens at {BYTES_PER_TOKEN} bytes",
        ),
    ]  # fmt: skip
    times = [
        (
            f"{seconds} s",
            *(
                write_time(3600 * hours_of_asking(PROMPTS * settings.samples, seconds, number))
                for number in CONCURRENCIES
            ),
            *(
                write_time(3600 * hours_of_asking(requests, seconds, number))
                for number in CONCURRENCIES
            ),
        )
        for seconds in SECONDS
    ]
    heads = [f"{which}, concurrency {n}" for which in ("a model", "all") for n in CONCURRENCIES]
    return "\n\n".join(
        [
            table(("what", "how much", "from"), rows),
            fill(TIME),
            table(("an answer takes", *heads), times),
        ]
    )
