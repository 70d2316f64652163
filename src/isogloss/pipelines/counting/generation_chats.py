"""Who writes and judges lists, and what they are made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from isogloss.chat import ChatModel, ResponseStore, answer
from isogloss.language_models import LanguageModel
from isogloss.pipelines.counting.generation_lexicon import GenerationError

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
    from isogloss.pipelines.counting.generation_calls import Ask
    from isogloss.pipelines.counting.generation_parameters import CountingParameters

Chat = ChatModel | LanguageModel


class Chats(TypedDict, total=False):
    """Who writes and judges lists; all are left out where no chat model takes part.

    Attributes:
        phrases: language, position, text: the sentences that the name of a category must fit.
        author: the chat model that writes lists.
        author_store: of its answers.
        judge: the chat model that decides what the word lists leave open.
        judge_store: of its answers.
    """

    phrases: pd.DataFrame
    author: Chat
    author_store: ResponseStore
    judge: Chat
    judge_store: ResponseStore


class Beside(Chats, total=False):
    """What lists are made for, beside who makes them.

    Attributes:
        benchmark: how models are asked; left out where none is.
    """

    benchmark: BenchmarkParameters


def refuse_one_model(parameters: CountingParameters, chats: Chats) -> None:
    """Refuse an author and a judge that are the same model under two names.

    Args:
        parameters: with the names of both.
        chats: both, if they take part.

    Raises:
        GenerationError: names both parameters.
    """
    author, judge = chats.get("author"), chats.get("judge")
    if author is None or judge is None:
        return
    one, two = (
        model.specification.model if isinstance(model, ChatModel) else model.name
        for model in (author, judge)
    )
    if one == two:
        raise GenerationError(
            f"counting.author is {parameters.author} and counting.judge {parameters.judge}, and "
            f"both are the model '{one}': who judges its own lists finds them right; name two "
            "different models."
        )


def refuse_calls_in_process(parameters: CountingParameters, chats: Chats) -> None:
    """Refuse to ask for function calls where the model is no server.

    Args:
        parameters: with the names of both, and the form of their answers.
        chats: both, if they take part.

    Raises:
        GenerationError: names the setting, and what else there is.
    """
    for role, setting, answers in (
        ("author", "writing", parameters.writing.answers),
        ("judge", "judging", parameters.judging.answers),
    ):
        if parameters.written and answers == "call" and isinstance(chats.get(role), LanguageModel):
            raise GenerationError(
                f"counting.{role} is {getattr(parameters, role)}, which answers in this process, "
                f"where no function calls can be forced. Set counting.{setting}.answers=json, name "
                "a model that a server answers for, or set counting.model_share=0."
            )


def ask_of(chat: Chat | None, store: ResponseStore | None) -> Ask | None:
    """Give what has requests answered; None where no chat model takes part."""
    if chat is None or store is None:
        return None
    return lambda requests: answer(chat, requests, store)
