"""Asking chat models: one request, one response, and a store that no paid answer leaves.

`answer` asks any server of OpenAI's protocol, a Batch API, `vllm run-batch` or a language model in
this process. Importing this package imports neither torch nor openai.
"""

from isogloss.chat.answering import UnansweredError, answer
from isogloss.chat.contents import Spending
from isogloss.chat.model import ChatModel, MissingKeyError
from isogloss.chat.records import ChatError, ChatRequest, ChatResponse, ChatSampling
from isogloss.chat.specification import ChatSpecification, Prices
from isogloss.chat.store import ResponseStore

__all__ = [
    "ChatError",
    "ChatModel",
    "ChatRequest",
    "ChatResponse",
    "ChatSampling",
    "ChatSpecification",
    "MissingKeyError",
    "Prices",
    "ResponseStore",
    "Spending",
    "UnansweredError",
    "answer",
]
