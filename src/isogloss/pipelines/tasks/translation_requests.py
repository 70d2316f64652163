"""The prompts of translations: those that a model reads, and one of each kind to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.tasks.translation_plan import plan_translation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.tasks.parameters import Direction, TranslationParameters
    from isogloss.pipelines.tasks.translation_plan import TranslationPlan
    from isogloss.pipelines.tasks.translation_prompts import TranslationPrompt, TranslationPrompts


def name_languages(languages: pd.DataFrame, plan: TranslationPlan) -> dict[str, str]:
    """Give the names by which prompts call the languages of a plan.

    Args:
        languages: language, name.
        plan: what is translated.

    Raises:
        Refusal: if one has no name.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    if nameless := sorted(set(plan.corpus) - set(names)):
        raise Refusal(
            f"Prompts name the languages, and the table of languages has no name for "
            f"{', '.join(nameless)}. Add a row for each to data/01_raw/reference/languages.csv."
        )
    return {language: str(names[language]) for language in plan.corpus}


def write_prompts(
    plan: TranslationPlan,
    prompt: TranslationPrompt,
    names: Mapping[str, str],
    direction: Direction,
    language: str,
) -> list[str]:
    """Write the prompt of every sentence that is translated in a direction.

    Args:
        plan: the sentences.
        prompt: in which they are put.
        names: of the languages.
        direction: from or to the pivot.
        language: the other language.
    """
    source, target = plan.ends(direction, language)
    examples = list(
        zip(plan.texts(source, plan.examples), plan.texts(target, plan.examples), strict=True)
    )
    ends = (names[source], names[target])
    return [prompt.ask(ends, text, examples) for text in plan.texts(source, plan.scored)]


def example_requests(
    parallel_sentences: pd.DataFrame,
    sentence_samples: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: TranslationParameters,
    prompts: TranslationPrompts,
) -> pd.DataFrame:
    """Write the first prompt of every direction and language; see `translate_languages`.

    Returns:
        direction, language, sentence_id, template, prompt (without the chat template), reference.
    """
    plan = plan_translation(parallel_sentences, sentence_samples, pivot, parameters)
    names, prompt = name_languages(languages, plan), prompts.choose(parameters.template)
    rows = []
    for direction in parameters.directions:
        for language in plan.languages:
            target = plan.ends(direction, language)[1]
            rows.append(
                {
                    "direction": direction,
                    "language": language,
                    "sentence_id": plan.scored[0],
                    "template": parameters.template,
                    "prompt": write_prompts(plan, prompt, names, direction, language)[0],
                    "reference": plan.texts(target, plan.scored[:1])[0],
                }
            )
    return pd.DataFrame(rows)
