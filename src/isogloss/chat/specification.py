"""What a chat model is and where it answers: an entry of the zoo."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_VARIABLE = "OPENAI_API_KEY"
Engine = Literal["openai", "batch", "vllm_batch"]
OF_A_REQUEST = (
    *("model", "messages", "tools", "tool_choice", "max_tokens", "max_completion_tokens"),
    *("temperature", "top_p", "seed", "stop"),
)
ONE_ANSWER = ("n", "stream")


class Prices(BaseModel):
    """What tokens cost, in any one currency.

    Attributes:
        input: price of a million tokens of prompts.
        output: price of a million tokens of answers.
        as_of: when the prices held, for people to read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    as_of: str = ""

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Give the price of so many tokens."""
        return (self.input * prompt_tokens + self.output * completion_tokens) / 1e6


class ChatSpecification(BaseModel):
    """Where a chat model answers, and within which limits it is asked.

    Attributes:
        engine: `openai` asks a server of OpenAI's protocol request by request; `batch` hands it
            files of requests (Batch API); `vllm_batch` writes the same files for `vllm run-batch`.
        model: name of the model at the server.
        base_url: of the server, up to and with `/v1`; None is OpenAI's.
        api_key_variable: environment variable that holds the key, where the credentials do not;
            None is OPENAI_API_KEY for OpenAI's own server, and no key at all for others.
        family: under which models are compared, for example `gpt`.
        concurrency: most requests under way at a time.
        timeout: longest wait for an answer, in seconds.
        retries: further tries where the server is busy, fails or breaks off.
        backoff: seconds before the first of them; doubled each time, up to a minute.
        token_budget: most tokens, prompts and answers together, over all runs with one store.
        money_budget: likewise in the currency of the prices.
        prices: of tokens.
        max_tokens_name: what the server calls the longest answer; newer models of OpenAI know
            `max_completion_tokens` only.
        extra_body: further fields of each request, as the server documents them.
        poll_seconds: between two looks at a batch.
        licence: for people to read.
        note: anything else for people to read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Engine = "openai"
    model: str = Field(min_length=1)
    base_url: str | None = None
    api_key_variable: str | None = Field(default=None, pattern=r"^[A-Za-z_]\w*$")
    family: str = ""
    concurrency: int = Field(default=8, ge=1, le=1000)
    timeout: float = Field(default=120.0, gt=0)
    retries: int = Field(default=6, ge=0)
    backoff: float = Field(default=1.0, gt=0)
    token_budget: int | None = Field(default=None, ge=0)
    money_budget: float | None = Field(default=None, ge=0)
    prices: Prices | None = None
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra_body: dict[str, Any] = Field(default_factory=dict)
    poll_seconds: float = Field(default=60.0, gt=0)
    licence: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> ChatSpecification:
        if self.money_budget is not None and self.prices is None:
            raise ValueError("money_budget needs prices: input and output, per million tokens")
        if taken := [name for name in OF_A_REQUEST if name in self.extra_body]:
            raise ValueError(f"extra_body holds {', '.join(taken)}, which each request says itself")
        if several := [name for name in ONE_ANSWER if name in self.extra_body]:
            raise ValueError(
                f"extra_body holds {', '.join(several)}: one whole answer a request is read; for "
                "more, ask for more samples"
            )
        if self.base_url is not None and (fault := fault_of_url(self.base_url)):
            raise ValueError(f"base_url {fault}")
        return self

    @property
    def url(self) -> str:
        """The server that is asked."""
        return self.base_url or OPENAI_URL

    @property
    def key_variable(self) -> str | None:
        """Environment variable that may hold the key; None if no key is looked for."""
        if self.api_key_variable is None and self.base_url is None:
            return OPENAI_VARIABLE
        return self.api_key_variable


def fault_of_url(url: str) -> str:
    """Say what is wrong with the address of a server, without repeating it; empty if nothing is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "must begin with http:// or https:// and name a server"
    if parts.username is not None or parts.query or parts.fragment:
        return "must hold no name, key or query: keys belong in conf/local/credentials.yml"
    return ""
