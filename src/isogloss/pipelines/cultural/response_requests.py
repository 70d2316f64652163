"""How prompts are put to a model, and how its answers become a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from isogloss.chat import ChatRequest, ChatSampling
from isogloss.pipelines.cultural.prompt_tables import PromptTableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.chat import ChatResponse
    from isogloss.pipelines.cultural.response_parameters import ResponseParameters

Style = Literal["chat", "document"]
CHAT: Style = "chat"
DOCUMENT: Style = "document"


def request_answers(
    prompts: pd.DataFrame, style: Style, parameters: ResponseParameters
) -> list[ChatRequest]:
    """Make the requests of all prompts and samples, prompt by prompt.

    Args:
        prompts: of `make_prompts`.
        style: `chat` sends the text, an instruction; `document` the text that a base model goes on
            writing.
        parameters: how answers are drawn.

    Raises:
        PromptTableError: if a prompt has no text of this style.
    """
    sampling = ChatSampling(
        temperature=parameters.temperature,
        top_p=parameters.top_p,
        max_tokens=parameters.max_tokens,
        seed=parameters.seed,
        stop=parameters.stop,
    )
    column = "text" if style == CHAT else "document"
    if (bare := prompts[prompts[column] == ""]).size:
        first = bare.iloc[0]
        raise PromptTableError(
            f"Template {first['template']} in {first['language']} has no document for a base model "
            "to continue. Write one into the table of templates, or leave the template out for "
            "these models."
        )
    return [
        ChatRequest(({"role": "user", "content": str(text)},), sampling, sample=sample)
        for text in prompts[column]
        for sample in range(parameters.samples)
    ]


def tabulate_answers(
    model: str,
    prompts: pd.DataFrame,
    answers: Sequence[ChatResponse],
    style: Style,
    parameters: ResponseParameters,
) -> pd.DataFrame:
    """Put answers into a table, one row a prompt and sample.

    Args:
        model: its name.
        prompts: that were put.
        answers: in the order of `request_answers`.
        style: in which they were put.
        parameters: how answers were drawn.

    Returns:
        model, prompt_id, sample, request_key, text, finish_reason, prompt_tokens,
        completion_tokens, decoding (JSON: how it was drawn, style, and lead: what stood before the
        answer and is part of it), answered_by, error.
    """
    columns = zip(prompts["prompt_id"], prompts["document"], strict=True)
    asked = [
        (prompt_id, str(document), sample)
        for prompt_id, document in columns
        for sample in range(parameters.samples)
    ]
    rows: list[dict[str, Any]] = []
    for (prompt_id, document, sample), answer in zip(asked, answers, strict=True):
        lead = document.rpartition("\n")[2] if style == DOCUMENT else ""
        drawn = parameters.model_dump(mode="json", exclude={"samples"})
        rows.append(
            {
                "model": model,
                "prompt_id": prompt_id,
                "sample": sample,
                "request_key": answer.key,
                "text": _storable(answer.text),
                "finish_reason": answer.finish_reason,
                "prompt_tokens": answer.prompt_tokens,
                "completion_tokens": answer.completion_tokens,
                "decoding": json.dumps(
                    {**drawn, "style": style, "lead": lead}, ensure_ascii=False, sort_keys=True
                ),
                "answered_by": answer.answered_by,
                "error": answer.error,
            }
        )
    counts = ["prompt_tokens", "completion_tokens"]
    return pd.DataFrame(rows).astype(dict.fromkeys(counts, "Int64"))


def _storable(text: str) -> str:
    """Replace halves of surrogate pairs, which a server's JSON may hold and no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def whole_answer(text: str, decoding: str) -> str:
    """Give an answer with what stood before it and is part of it, such as its first number.

    Args:
        text: that was written.
        decoding: of the same row.
    """
    lead = str(json.loads(decoding)["lead"])
    return f"{lead} {text.lstrip()}" if lead else text
