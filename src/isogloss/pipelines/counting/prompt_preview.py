"""One prompt of every kind, to be read before a model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.counting_prompts import CHAT, FEW_SHOT, Framing, render_text, render_turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
    from isogloss.pipelines.counting.count_questions import LanguageLists


def preview_prompts(
    asked: Mapping[str, LanguageLists], parameters: BenchmarkParameters
) -> pd.DataFrame:
    """Render the first list of every language in every way of asking.

    Turns of a conversation are shown as `<user>` and `<assistant>`; the marks around them are of
    each model's own template.

    Args:
        asked: language -> lists.
        parameters: positions and framing; `auto` shows both framings.

    Returns:
        language, position, framing, shots, item_id, prompt, answer (the right one, with what
        stands between).
    """
    framings = (FEW_SHOT, CHAT) if parameters.framing == "auto" else (parameters.framing,)
    rows = []
    for language, own in asked.items():
        first = own.lists[0]
        for position in parameters.positions:
            rows += [
                {
                    "language": language,
                    "position": position,
                    "framing": framing,
                    "shots": own.shots,
                    "item_id": first.item_id,
                    "prompt": _render(own, position, framing),
                    "answer": f"{own.phrases[position].joiner}{first.count}",
                }
                for framing in framings
            ]
    return pd.DataFrame(rows)


def _render(own: LanguageLists, position: str, framing: Framing) -> str:
    first, frame = own.lists[0], own.frame(position, framing, 0)
    names = own.names[first.category]
    if framing == FEW_SHOT:
        return render_text(frame, first.words, names, None)
    turns = render_turns(frame, first.words, names)
    return "\n".join(f"<{turn['role']}> {turn['content']}" for turn in turns)
