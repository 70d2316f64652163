"""Answers that a model writes: the thesis' way of asking, and of reading what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.language_models.chat_template import frame_as_chat
from isogloss.language_models.generation import generate_texts
from isogloss.partitions import digest
from isogloss.pipelines.tasks.prompts import OPTIONS, PromptTemplate, render_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.tasks.parameters import TaskParameters
    from isogloss.pipelines.tasks.questions import Question

GENERATED = "generated"
INVALID = 0


def write_answers(
    loaded: LoadedModel,
    questions: Sequence[Question],
    template: PromptTemplate,
    parameters: TaskParameters,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Have a model write its answers, without examples, as the thesis did.

    Args:
        loaded: an open causal or seq2seq model.
        questions: in one language.
        template: that asks for the number of the right option.
        parameters: of the room.
        advance: told how many questions are finished, now and then.

    Returns:
        one row a question: item_id, formulation (generated), order (0), option (chosen, 1-4; 0
        where the answer is invalid), text (as written), prompt_hash.
    """
    prompts = [render_prompt(template, question) for question in questions]
    framed = prompts
    if parameters.chat_template:
        framed = [frame_as_chat(loaded, prompt) for prompt in prompts]
    written = generate_texts(
        loaded,
        framed,
        [template.new_tokens] * len(framed),
        stop_at_newline=False,
        token_budget=parameters.token_budget,
        advance=advance,
    )
    return pd.DataFrame(
        {
            "item_id": [question.item_id for question in questions],
            "formulation": GENERATED,
            "order": 0,
            "option": [extract_option(one.text) for one in written],
            "text": [one.text for one in written],
            "prompt_hash": [digest(prompt) for prompt in prompts],
        }
    )


def extract_option(text: str) -> int:
    """Read the number of an option from a written answer: its first character that is no blank.

    Args:
        text: as written.

    Returns:
        1-4, or 0 if that character is none of them.
    """
    first = text.lstrip()[:1]
    return int(first) if first in {str(number) for number in range(1, OPTIONS + 1)} else INVALID
