"""Questions to a chat model whose answers must have a given form; each gets one chance to mend."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from isogloss.chat import ChatRequest, ChatResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.chat import ChatSampling

Ask = Callable[[Sequence[ChatRequest]], list[ChatResponse]]
Answers = Literal["call", "json"]
FENCE = re.compile(r"^\s*```\w*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Form:
    """What an answer must consist of.

    Attributes:
        name: of the function that the model calls.
        description: what calling it does.
        fields: name -> its JSON schema; all are required.
    """

    name: str
    description: str
    fields: Mapping[str, Mapping[str, Any]]

    def tool(self) -> dict[str, Any]:
        """Describe the function in OpenAI's protocol."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": {
                    "type": "object",
                    "properties": {name: dict(schema) for name, schema in self.fields.items()},
                    "required": list(self.fields),
                    "additionalProperties": False,
                },
            },
        }


def request_form(
    form: Form,
    instruction: str,
    content: Mapping[str, Any],
    sampling: ChatSampling,
    answers: Answers,
    sample: int = 0,
) -> ChatRequest:
    """Make a request; what it is about goes in as data.

    Args:
        form: of the answer.
        instruction: what to do.
        content: with what.
        sampling: how the answer is drawn.
        answers: `call` forces a function call, `json` asks for a JSON object.
        sample: number of the answer, where the same is asked more than once.
    """
    if answers == "call":
        how = f"Answer by calling the function `{form.name}`."
    else:
        fields = json.dumps(form.tool()["function"]["parameters"]["properties"])
        how = f"Answer with one JSON object of these fields, and nothing else: {fields}"
    return ChatRequest(
        messages=(
            {"role": "system", "content": f"{instruction} {how}"},
            {"role": "user", "content": json.dumps(content, ensure_ascii=False)},
        ),
        sampling=sampling,
        tools=(form.tool(),) if answers == "call" else (),
        tool_choice=(
            {"type": "function", "function": {"name": form.name}} if answers == "call" else None
        ),
        sample=sample,
    )


def ask_with_repair(
    ask: Ask,
    requests: Sequence[ChatRequest],
    read: Callable[[int, ChatResponse], M | str],
) -> list[M | str]:
    """Have requests answered; an answer with a fault is shown the fault, and asked for once more.

    Args:
        ask: has requests answered, in their order.
        requests: to be answered.
        read: gives, of the place of a request and its response, the answer or what is wrong.

    Returns:
        for every request the answer, or what is wrong with the second one.
    """
    responses = ask(requests)
    found = [read(place, response) for place, response in enumerate(responses)]
    # A request that was refused for good would be refused again.
    again = [
        place
        for place, one in enumerate(found)
        if isinstance(one, str) and not responses[place].error
    ]
    repairs = ask(
        [_request_repair(requests[place], responses[place], str(found[place])) for place in again]
    )
    for place, response in zip(again, repairs, strict=True):
        found[place] = read(place, response)
    return found


def _request_repair(request: ChatRequest, response: ChatResponse, fault: str) -> ChatRequest:
    called = response.tool_calls[0][1] if response.tool_calls else response.text
    complaint = json.dumps({"fault": fault}, ensure_ascii=False)
    return ChatRequest(
        messages=(
            *request.messages,
            {"role": "assistant", "content": called or "(nothing)"},
            {
                "role": "user",
                "content": "Your answer cannot be used, for the fault in this JSON object. Give "
                f"the whole answer once more, without the fault.\n{complaint}",
            },
        ),
        sampling=request.sampling,
        tools=request.tools,
        tool_choice=request.tool_choice,
        sample=request.sample,
    )


def read_form(response: ChatResponse, form: Form, model: type[M]) -> M | str:
    """Read an answer, or say what is wrong with its form.

    Args:
        response: a call of the function, or a text that is a JSON object.
        form: that was asked for.
        model: what it must fit.
    """
    if response.error:
        return response.error
    names = [name for name, _ in response.tool_calls]
    if names and form.name not in names:
        return f"It called {names[0]!r}; the function is {form.name!r}."
    calls = [arguments for name, arguments in response.tool_calls if name == form.name]
    # Some servers hand the arguments over as text.
    written = calls[0] if calls else response.text
    if match := FENCE.match(written):
        written = match[1]
    try:
        return model.model_validate_json(written)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}" for fault in faults
        )
