"""Answers of a language model in this process."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING

from isogloss.chat.contents import Failure
from isogloss.chat.records import ChatError, ChatRequest, ChatResponse, ChatSampling
from isogloss.language_models import LanguageModel, ModelError
from isogloss.language_models.chat_template import (
    control_tokens_in,
    frame_conversation,
    has_chat_template,
)
from isogloss.language_models.continuation_encoding import encode_prompts
from isogloss.partitions import digest
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from isogloss.chat.store import OpenStore
    from isogloss.language_models.generation import GeneratedText, Sampling
    from isogloss.language_models.loading import LoadedModel

PORTION = 64
"""Requests that are answered and stored together: a killed run loses no more."""
UNSTATED_TEMPERATURE = 1.0
"""What OpenAI's protocol takes for a temperature that is not given."""

Keyed = tuple[str, ChatRequest]


def local_identity(model: LanguageModel) -> str:
    """Give what stands for a language model in the keys of requests: its name, and a digest."""
    return f"{model.name}@{digest(model.identity())}"


def ask_in_process(
    model: LanguageModel, identity: str, outstanding: Mapping[str, ChatRequest], store: OpenStore
) -> str:
    """Have a language model answer, many requests at a time, and keep each portion when it is done.

    Args:
        model: is opened here.
        identity: of the model.
        outstanding: key -> request without an answer.
        store: takes answers and failures.

    Returns:
        Nothing: it does not end early.

    Raises:
        ChatError: if a request wants what a model in this process cannot do.
    """
    _require_possible(model, outstanding.values())
    with (
        model.open() as loaded,
        progress(model.name, len(outstanding), items="answers") as report,
    ):
        for portion in _portions(outstanding):
            prompts, failures = _frame(loaded, identity, portion)
            store.keep_failures(failures)
            report.finished(len(failures))
            answers = _answer(loaded, identity, portion[0][1].sampling, prompts)
            store.keep_answers({**one.to_line(), "cost": 0.0} for one in answers)
            report.worked(sum(one.completion_tokens or 0 for one in answers))
            report.finished(len(answers))
    return ""


def _require_possible(model: LanguageModel, requests: Iterable[ChatRequest]) -> None:
    for request in requests:
        if request.tools or request.tool_choice is not None:
            raise ChatError(
                f"{model.name} answers in this process, where no function calls can be forced. Ask "
                "a server for them (`vllm serve`), or ask for answers of another form."
            )
        if request.sampling.max_tokens is None:
            raise ChatError(
                f"{model.name} answers in this process and may never end: give max_tokens."
            )
        if all(message["role"] != "user" for message in request.messages):
            raise ChatError(f"{model.name} is asked without a user's message: give it one.")


def _portions(outstanding: Mapping[str, ChatRequest]) -> Iterator[list[Keyed]]:
    """Give requests that are drawn alike, a portion at a time."""
    ordered = sorted(outstanding.items(), key=_sampling_of)
    for _, group in groupby(ordered, key=_sampling_of):
        while portion := list(islice(group, PORTION)):
            yield portion


def _sampling_of(keyed: Keyed) -> str:
    return keyed[1].sampling.model_dump_json()


def _frame(
    loaded: LoadedModel, identity: str, portion: Sequence[Keyed]
) -> tuple[dict[str, tuple[str, int]], list[Failure]]:
    """Make prompts of requests: key -> text and tokens; and say which cannot be."""
    prompts, failures = {}, []
    for key, request in portion:
        try:
            prompts[key] = _prompt(loaded, request)
        except ModelError as error:
            failures.append(Failure(key, str(error), permanent=True, sent=identity))
    return prompts, failures


def _prompt(loaded: LoadedModel, request: ChatRequest) -> tuple[str, int]:
    for message in request.messages:
        if found := control_tokens_in(loaded, message["content"]):
            raise ModelError(
                f"The message spells out {found[0]}, a control token of {loaded.name}: it would "
                "end the message. Take it out of the text."
            )
    framed = has_chat_template(loaded)
    if framed:
        text = frame_conversation(loaded, request.messages)
    else:
        text = next(m["content"] for m in reversed(request.messages) if m["role"] == "user")
    tokens = len(encode_prompts(loaded.tokenizer, [text], framed=framed)[0])
    budget = request.sampling.max_tokens or 0
    longest = loaded.max_length - (budget if loaded.kind == "causal" else 0)
    if tokens > longest:
        raise ModelError(
            f"The prompt has {tokens} tokens, and max_tokens is {budget}: {loaded.name} reads at "
            f"most {loaded.max_length}."
        )
    return text, tokens


def _answer(
    loaded: LoadedModel,
    identity: str,
    sampling: ChatSampling,
    prompts: Mapping[str, tuple[str, int]],
) -> list[ChatResponse]:
    from isogloss.language_models.generation import generate_texts

    written = generate_texts(
        loaded,
        [text for text, _ in prompts.values()],
        [sampling.max_tokens or 0] * len(prompts),
        framed=has_chat_template(loaded),
        stop_at_newline=False,
        sampling=_draws(sampling, prompts),
    )
    return [
        _response(key, tokens, one, sampling.stop, identity)
        for (key, (_, tokens)), one in zip(prompts.items(), written, strict=True)
    ]


def _draws(sampling: ChatSampling, keys: Iterable[str]) -> Sampling | None:
    """Give how tokens are drawn; what is drawn for a request depends on its key alone."""
    from isogloss.language_models.generation import Sampling

    temperature = sampling.temperature
    if temperature is None:
        temperature = UNSTATED_TEMPERATURE
    if temperature == 0:
        return None
    return Sampling(temperature, [int(key, 16) for key in keys], sampling.top_p or 1.0)


def _response(
    key: str, tokens: int, written: GeneratedText, stops: Sequence[str], identity: str
) -> ChatResponse:
    ends = [place for stop in stops if (place := written.text.find(stop)) >= 0]
    text = written.text[: min(ends)].rstrip() if ends else written.text
    stopped = bool(ends) or written.stop_reason == "end"
    return ChatResponse(
        key=key,
        text=text,
        finish_reason="stop" if stopped else "length",
        prompt_tokens=tokens,
        completion_tokens=written.tokens,
        answered_by=identity,
    )
