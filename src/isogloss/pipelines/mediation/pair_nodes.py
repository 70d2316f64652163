"""Nodes that make the pairs of prompts of a model."""

from __future__ import annotations

import pandas as pd

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.outline import outline_model
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.language_pairs import LanguagePairs
from isogloss.pipelines.mediation.pair_parameters import CONTROL, PairParameters
from isogloss.pipelines.mediation.pair_tables import (
    choose_languages,
    read_language,
    tabulate_pairs,
)
from isogloss.progress import progress


def make_pairs(
    lm: LanguageModel,
    word_lists: pd.DataFrame,
    category_names: pd.DataFrame,
    category_relations: pd.DataFrame,
    counting_phrases: pd.DataFrame,
    parameters: PairParameters,
    effects: EffectParameters,
    screen: ScreenParameters,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make pairs of prompts whose tokens differ in the swapped words alone.

    Which words take equally many tokens is the model's own affair, so each model has its own pairs.
    Its weights are not needed.

    Args:
        lm: the model.
        word_lists: category, concept, language, word, also.
        category_names: category, language, counted, number_of.
        category_relations: category_a, category_b, relation.
        counting_phrases: language, position, text, separator.
        parameters: which pairs.
        effects: whose layers the model must have; pairs are the same whatever it says.
        screen: likewise.

    Returns:
        `mediation_pairs`; `pair_attrition`: language, kind, named, separators, stage (`pairs` asked
        for, or `proposals` of words on the way), reason (empty: kept), n; `pair_balance`: language,
        kind, named, separators, measure, value, n.

    Raises:
        Refusal: if no pair can be made, or what is asked for is not there.
    """
    languages = choose_languages(word_lists, parameters.languages)
    if CONTROL in parameters.kinds:
        parameters.require_control_phrases(languages)
    require_layers(lm, effects, screen)
    tokenizer = lm.tokenizer()
    tables = (word_lists, category_names, category_relations, counting_phrases)
    made: dict[str, LanguagePairs] = {}
    for language in languages:
        words = read_language(*tables, language, single="blank" in parameters.separators)
        made[language] = LanguagePairs(tokenizer, words, parameters)
        made[language].require_all()
    with progress(f"{lm.name}: making pairs", len(languages), work="pairs") as report:
        for own in made.values():
            own.make_all()
            report.worked(len(own.pairs))
            report.finished()
    return tabulate_pairs(made, parameters)


def require_layers(lm: LanguageModel, effects: EffectParameters, screen: ScreenParameters) -> None:
    """Refuse layers that a model does not have, by its configuration alone.

    Args:
        lm: the model.
        effects: what is patched.
        screen: what is estimated.

    Raises:
        Refusal: names the setting, and the layers that there are.
    """
    asked = {"mediation_effects": effects.layers, "mediation_screen": screen.layers}
    highest = {
        group: max((layer for layer in layers if isinstance(layer, int)), default=0)
        for group, layers in asked.items()
    }
    if not any(highest.values()):
        return
    layers = outline_model(lm, lm.tokenizer()).layers
    for group, layer in highest.items():
        if layer > layers:
            raise Refusal(
                f"{group}.layers: there is no layer {layer}; {lm.name} has 0 (embeddings) to "
                f"{layers}."
            )
