"""One try to get an answer from a server, and what its outcome means."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from isogloss.chat.records import fault_of_body
from isogloss.json_texts import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai import AsyncOpenAI

    from isogloss.chat.scrubbing import Scrubber

BUSY = (408, 409, 425, 429)
STOPS = {
    401: "does not accept the key: check it in conf/local/credentials.yml or the environment",
    403: "forbids this: check what the key is allowed",
    404: "knows no such model or address: check model and base_url of the catalog entry",
}
NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")
SERVER_FAULT = 500

Kind = Literal["answered", "again", "refused", "stop"]


@dataclass(frozen=True)
class Outcome:
    """What came of a try.

    Attributes:
        kind: `answered`; `again` if a further try may succeed; `refused` if none with the same
            request will; `stop` if no request will.
        body: of the answer.
        reason: why there is none.
        wait: seconds that the server asks to wait; None if it does not say.
        may_be_charged: whether the server may have counted tokens although nothing came of it.
        unreachable: whether nothing was sent, as there is no connection: not this request failed.
    """

    kind: Kind
    body: Mapping[str, Any] | None = None
    reason: str = ""
    wait: float | None = None
    may_be_charged: bool = False
    unreachable: bool = False


async def try_once(
    client: AsyncOpenAI, body: Mapping[str, Any], seconds: float, scrubber: Scrubber
) -> Outcome:
    """Send a request once.

    Args:
        client: without retries of its own. They would hide tries that may be charged, stop waiting
            after 8 seconds where limits are by the minute, and take broken JSON for an answer.
        body: what is sent.
        seconds: longest wait for the whole answer.
        scrubber: masks the key in reasons.
    """
    import openai

    rest = {name: value for name, value in body.items() if name not in ("model", "messages")}
    try:
        # The client's own timeout begins anew with every byte that trickles in.
        async with asyncio.timeout(seconds):
            response = await client.chat.completions.with_raw_response.create(
                model=body["model"], messages=body["messages"], extra_body=rest
            )
    except (TimeoutError, openai.APITimeoutError):
        reason = f"no answer within {seconds:g} seconds"
        return Outcome("again", reason=reason, may_be_charged=True)
    except openai.APIConnectionError as error:
        return broken_off(error, str(client.base_url), scrubber)
    except openai.APIStatusError as error:
        return read_status(error.status_code, error.response.text, error.response.headers, scrubber)
    return read_answer(response.http_response.content, scrubber)


def broken_off(error: Exception, address: str, scrubber: Scrubber) -> Outcome:
    """Say what follows from a connection that failed.

    Args:
        error: of the client.
        address: that it asks; only its host is named, since the rest may hold a key.
        scrubber: masks the key in the reason.
    """
    cause = error.__cause__ or error
    words = scrubber.message(f"{type(cause).__name__}: {cause}")
    # By name, since the library behind the client is another one in each of its versions.
    if not type(cause).__name__.startswith("Connect"):
        reason = f"the connection failed ({words})"
        return Outcome("again", reason=reason, may_be_charged=True)
    parts = urlsplit(address)
    host = scrubber.message(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
    reason = (
        f"{host} cannot be reached ({words}). Is the server started, and `base_url` of the model's "
        "catalog entry (conf/local/catalog.yml) right?"
    )
    return Outcome("again", reason=reason, unreachable=True)


def read_answer(content: bytes, scrubber: Scrubber) -> Outcome:
    """Read what a server sent with status 200."""
    try:
        body = parse_json(content)
    except ValueError:
        return Outcome("again", reason="the answer is broken JSON", may_be_charged=True)
    if fault := fault_of_body(body):
        return Outcome("again", reason=scrubber.message(fault), may_be_charged=True)
    return Outcome("answered", body=body)


def read_status(status: int, text: str, headers: Mapping[str, str], scrubber: Scrubber) -> Outcome:
    """Say what follows from a status that is not 200.

    Args:
        status: of the response.
        text: its body.
        headers: of the response; Retry-After is heeded.
        scrubber: masks the key in the reason.
    """
    message, code = _stated(text)
    reason = f"HTTP {status}: {scrubber.message(message) or 'no message'}"
    if code in NO_CREDIT:
        return Outcome("stop", reason=f"The account has no credit left ({reason}).")
    if status in STOPS:
        return Outcome("stop", reason=f"The server {STOPS[status]} ({reason}).")
    if status in BUSY or status >= SERVER_FAULT:
        return Outcome("again", reason=reason, wait=_retry_after(headers))
    return Outcome("refused", reason=reason)


def _stated(text: str) -> tuple[str, str]:
    """Give the message and the code that a server states, in one of several ways."""
    try:
        body = parse_json(text)
    except ValueError:
        return text, ""
    inner = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(inner, dict):
        return str(inner), ""
    message = inner.get("message") or inner.get("detail") or text
    return str(message), str(inner.get("code") or inner.get("type") or "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long a server asks to wait: milliseconds, seconds, or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, TypeError, ValueError):
        return None
