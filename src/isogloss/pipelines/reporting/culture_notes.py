"""How the numbers on the page on culture are to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.culture_study import LEVEL
from isogloss.figures.formats import format_chance
from isogloss.pipelines.reporting.culture_words import WORDS
from isogloss.surveys import NO_CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.culture_inputs import CulturePage


def note_how_to_read(inputs: CulturePage) -> Iterator[str]:
    """Say what agreement is, what the intervals hold for, and what each word means.

    Args:
        inputs: the tables of the study.
    """
    yield (
        "- **These questions**, not the values of a people: another choice of questions may give "
        "other numbers, and an answer that a model makes up for ten people is nobody's opinion."
    )
    yield (
        "- **Overall, normative, distinctive.** Much of what countries answer is common to all of "
        "them. Overall agreement mixes agreement with a group and with everybody; normative is "
        "agreement with the mean of the other groups; distinctive is what is left of the agreement "
        "with the group given that mean. Only the distinctive part tells groups apart, and a small "
        "one above 0 is what everybody's agreement leaves. Agreement is shown; what is tested is "
        "the difference between two countries."
    )
    yield (
        f"- **Brackets**: {100 * inputs['confidence']:g} % intervals, the wider of two: over "
        "questions, and over batteries of like questions."
    )
    yield (
        f"- **Bold**: the word is *differs*. Below {format_chance(LEVEL)}, not .05: several tables "
        "are looked at."
    )
    for word, meaning in WORDS.items():
        yield f"- *{word}*: {meaning}."
    remarks = inputs["remarks"]
    for told in remarks.loc[remarks["what"] == NO_CLUSTERS, "detail"]:
        yield (
            f"- **Errors of the survey** are too small, perhaps: {NO_CLUSTERS[0].lower()}"
            f"{NO_CLUSTERS[1:]}, but {told}. They are in `survey_ground_truth` and in "
            "correlations corrected for noise (`disattenuated`), and in no interval of agreement."
        )
    yield (
        "- **One survey, one wave**: what people answered later or to another wording is not "
        "known. Translations of prompts differ in more than language."
    )
