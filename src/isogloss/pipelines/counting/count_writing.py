"""What a model writes when it is asked how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.counting_prompts import CHAT
from isogloss.language_models.generation import generate_texts
from isogloss.pipelines.counting.count_extraction import CountReader
from isogloss.word_columns import READ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.counting_prompts import Framing
    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
    from isogloss.pipelines.counting.count_questions import Form, LanguageLists


def write_counts(
    loaded: LoadedModel,
    asked: LanguageLists,
    framing: Framing,
    parameters: BenchmarkParameters,
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Have a model write its answers, the most likely token each time, and read the numbers.

    After a few examples a line ends an answer; in a conversation the end of the turn does.

    Args:
        loaded: an open causal model.
        asked: lists of one language.
        framing: of the model.
        parameters: positions, how much may be written, batches.
        advance: told how many prompts are finished, now and then.

    Returns:
        One row a list and position: language, item_id, position, framing, shots, text (as
        written), stop_reason (newline, end or budget), extracted (empty if there is no number),
        reason (why not; see `count_extraction`).
    """
    reader = make_reader(asked.forms)
    rows = []
    for position in parameters.positions:
        prompts = asked.prompts(position, framing, loaded.tokenizer)
        written = generate_texts(
            loaded,
            prompts,
            [parameters.new_tokens] * len(prompts),
            framed=framing == CHAT,
            stop_at_newline=framing != CHAT,
            token_budget=parameters.token_budget,
            advance=advance,
        )
        for one, answer in zip(asked.lists, written, strict=True):
            names = asked.names[one.category]
            found = reader.read(
                answer.text,
                one.words,
                (names.counted, names.number_of),
                finished=answer.stop_reason != "budget",
            )
            rows.append(
                {
                    "language": asked.language,
                    "item_id": one.item_id,
                    "position": position,
                    "framing": framing,
                    "shots": asked.shots,
                    "text": answer.text,
                    "stop_reason": answer.stop_reason,
                    "extracted": found.number,
                    "reason": found.reason,
                }
            )
    return pd.DataFrame(rows).astype({"extracted": "Int64"})


def make_reader(forms: Sequence[Form]) -> CountReader:
    """Make what reads the numbers of one language.

    Args:
        forms: of all numbers; those of the kind `read` for 0 are words such as none.
    """
    none = frozenset(form.text for form in forms if form.kind == READ and form.number == 0)
    return CountReader(tuple((form.number, form.text) for form in forms), none)
