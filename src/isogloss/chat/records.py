"""What is asked and what is answered, as records and as lines of OpenAI's batch files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from isogloss.errors import Refusal
from isogloss.partitions import digest

ENDPOINT: Final = "/v1/chat/completions"
ROLES = ("system", "developer", "user", "assistant", "tool")
OK = 200
FILTERED = "content_filter"


class ChatError(Refusal):
    """A chat model cannot be asked, or has not answered; says what to do and how to go on."""


class ChatSampling(BaseModel):
    """How an answer is drawn; what is None is left to the server.

    Attributes:
        temperature: by which logits are divided; 0 takes the most likely token.
        top_p: draw among the most likely tokens that together have this probability.
        max_tokens: longest answer.
        seed: of the draws, for servers that heed it; each sample of a prompt adds its number to it.
        stop: texts that end the answer and are no part of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = Field(default=None, ge=0)
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChatRequest:
    """One question to a chat model.

    Attributes:
        messages: each with `role` and `content`; texts are sent as they are.
        sampling: how the answer is drawn.
        tools: functions that the model may call, as OpenAI's protocol describes them.
        tool_choice: which of them it must call; None leaves it to the model.
        sample: number of the answer, from 0, where a question is asked more than once.

    Raises:
        ChatError: if a message is none, or holds what no UTF-8 text can.
    """

    messages: tuple[Mapping[str, str], ...]
    sampling: ChatSampling
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    sample: int = 0

    def __post_init__(self) -> None:
        if not self.messages:
            raise ChatError("A request without messages asks nothing: give it one.")
        if self.sample < 0:
            raise ChatError(f"sample is {self.sample}: count samples from 0.")
        for place, message in enumerate(self.messages):
            _check_message(place, message)

    def body(self, model_id: str) -> dict[str, Any]:
        """Give what is sent to the server.

        Args:
            model_id: name of the model at the server.
        """
        sampling = self.sampling.model_dump(exclude_none=True, exclude={"stop"})
        if self.sampling.seed is not None:
            sampling["seed"] = self.sampling.seed + self.sample
        return {
            "model": model_id,
            "messages": [dict(message) for message in self.messages],
            **sampling,
            **({"stop": list(self.sampling.stop)} if self.sampling.stop else {}),
            **({"tools": [dict(tool) for tool in self.tools]} if self.tools else {}),
            **({"tool_choice": self.tool_choice} if self.tool_choice is not None else {}),
        }

    def key(self, model_id: str, extra_body: Mapping[str, Any] | None = None) -> str:
        """Give the digest of what is asked of whom, under which the answer is stored.

        Args:
            model_id: name of the model at the server.
            extra_body: what is sent beside the request.
        """
        return digest({**self.body(model_id), **(extra_body or {})}, self.sample)

    def to_line(self, model_id: str, extra_body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give the line of a batch input file.

        Args:
            model_id: name of the model at the server.
            extra_body: what is sent beside the request.
        """
        body = {**self.body(model_id), **(extra_body or {})}
        return request_line(self.key(model_id, extra_body), body)

    @classmethod
    def from_line(cls, line: Mapping[str, Any], sample: int = 0) -> ChatRequest:
        """Read the line of a batch input file; what was sent beside the request is left out.

        Args:
            line: with `body`.
            sample: number of the answer, which no body tells.
        """
        body = dict(line["body"])
        if "max_completion_tokens" in body:
            body["max_tokens"] = body["max_completion_tokens"]
        sampling = {name: body[name] for name in ChatSampling.model_fields if name in body}
        if "seed" in sampling:
            sampling["seed"] -= sample
        return cls(
            messages=tuple(body["messages"]),
            sampling=ChatSampling.model_validate(sampling),
            tools=tuple(body.get("tools", ())),
            tool_choice=body.get("tool_choice"),
            sample=sample,
        )


@dataclass(frozen=True)
class ChatResponse:
    """One answer of a chat model.

    Attributes:
        key: of the request.
        text: what the model wrote; empty where it only called a function.
        tool_calls: name and arguments of each call, as the model wrote them: check both.
        finish_reason: `stop`, `length`, `tool_calls`, `content_filter`, as the server says.
        prompt_tokens: as counted by the server; None if it does not say.
        completion_tokens: likewise, of the answer.
        answered_by: name of the model that the server gives.
        error: why there is no answer, or none that is whole; empty if all is well.
    """

    key: str
    text: str
    tool_calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    answered_by: str = ""
    error: str = ""

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> ChatResponse:
        """Read the line of a batch output file that holds an answer; see `fault_of_body`."""
        body = line["response"]["body"]
        choice, usage = body["choices"][0], body.get("usage") or {}
        message, reason = choice["message"], str(choice.get("finish_reason") or "")
        return cls(
            key=str(line["custom_id"]),
            text=_text(message),
            tool_calls=tuple(_tool_calls(message)),
            finish_reason=reason,
            prompt_tokens=_count(usage.get("prompt_tokens")),
            completion_tokens=_count(usage.get("completion_tokens")),
            answered_by=str(body.get("model") or ""),
            error="The server's content filter cut the answer." if reason == FILTERED else "",
        )

    def to_line(self) -> dict[str, Any]:
        """Give the line of a batch output file."""
        calls = [
            {"id": f"call_{place}", "type": "function", "function": {"name": n, "arguments": a}}
            for place, (n, a) in enumerate(self.tool_calls)
        ]
        message = {
            "role": "assistant",
            "content": self.text,
            **({"tool_calls": calls} if calls else {}),
        }
        usage = {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}
        body = {
            "model": self.answered_by,
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason}],
            "usage": usage,
        }
        return response_line(self.key, body)


def request_line(key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Give the line of a batch input file for a key and what is sent."""
    return {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": dict(body)}


def response_line(key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Give the line of a batch output file for a key and the answer of the server."""
    response = {"status_code": OK, "request_id": body.get("id"), "body": dict(body)}
    return {"id": None, "custom_id": key, "response": response, "error": None}


def fault_of_body(body: object) -> str:
    """Say what keeps a body from being an answer; empty if nothing does.

    Args:
        body: what a server sent with status 200, read from JSON.
    """
    if not isinstance(body, Mapping):
        return "the answer is no JSON object"
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        return f"the answer has no choices{_stated_error(body)}"
    message = choices[0].get("message") if isinstance(choices[0], Mapping) else None
    if not isinstance(message, Mapping):
        return "the answer has no message"
    usage = body.get("usage")
    return "" if usage is None or isinstance(usage, Mapping) else "its usage is no JSON object"


def _stated_error(body: Mapping[str, Any]) -> str:
    return f": {body['error']}" if body.get("error") else ""


def _check_message(place: int, message: Mapping[str, str]) -> None:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES or not isinstance(content, str):
        raise ChatError(
            f"Message {place} has the role {role!r} and a content of type "
            f"{type(content).__name__}: it needs one of the roles {', '.join(ROLES)}, and a text."
        )
    try:
        content.encode()
    except UnicodeEncodeError as error:
        raise ChatError(
            f"Message {place} cannot be sent: character {error.start} is half of a surrogate pair. "
            "Read the text again in its right encoding."
        ) from None


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(
            str(part.get("text", "")) for part in content if isinstance(part, Mapping)
        )
    return str(message.get("refusal") or "") if content is None else str(content)


def _tool_calls(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = message.get("tool_calls")
    calls = found if isinstance(found, list) else []
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)]
    return [
        (str(function.get("name") or ""), str(function.get("arguments") or ""))
        for function in functions
        if isinstance(function, Mapping)
    ]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
