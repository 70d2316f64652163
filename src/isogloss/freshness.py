"""Whether results still fit the settings and the inputs that they should have been made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from isogloss.partitions import changed_keys
from isogloss.provenance import MADE_FROM, digest_table, record_sources

if TYPE_CHECKING:
    import pandas as pd

SETTINGS, CONTENT = "settings", "content"
DATA = frozenset({"reading_items", "knowledge_items", "survey_ground_truth"})
"""Tables of data that reports name by a digest of their rows."""
# Table -> the parameters that decide what it holds. The pivot is only looked up in the sentences,
# but its items give their order to those of all languages.
ANSWERING = ("tasks", "prompts", "pivot", "languages", "reading", "knowledge")
TRANSLATING = ("tasks", "translation", "translation_prompts", "pivot", "languages")
MERGED = ("intents", "finetuning", "merging", "merge_scoring")
WRITTEN = ("survey_prompts", "survey_responses")
LABELLED = ("cultural", *WRITTEN, "stance_labelling")
CHOSEN = ("closed_survey", "survey_prompts")
# Answers on the survey's own scale are scored by the rules of its ground truth.
VOICED = (*LABELLED, "closed_survey", "survey")
COMPARED = (*VOICED, "cultural_analysis")
CHECKED = (
    *("checked_templates", "checked_topics", "checked_countries", "checked_statements"),
    *("checked_labelled_statements", "checked_answer_words", "checked_closed_questions"),
)
# Lists are made by each model from the words that the counting room reads.
PAIRED = ("counting_words", "mediation_pairs")
PATCHED = (*PAIRED, "mediation_effects")
CHANGED = (*PAIRED, "mediation_interventions")
LISTED = ("counting_words", "counting")
COUNTED = (*LISTED, "counting_benchmark")
DECIDED_BY = {
    "parallel_sentences": ("corpus", "languages", "ingestion"),
    "sentence_samples": ("corpus", "languages", "ingestion", "sentence_sample", "reading"),
    "reading_items": ("languages", "pivot", "reading"),
    "knowledge_items": ("languages", "pivot", "knowledge"),
    "intents": ("intents",),
    "alignment_summary": ("alignment",),
    **dict.fromkeys(("merge_results", "merge_comparisons", "merge_summary"), MERGED),
    **dict.fromkeys(("item_scores", "question_scores"), ANSWERING),
    "translation_scores": TRANSLATING,
    "task_scores": (*ANSWERING, "translation", "translation_prompts"),
    **dict.fromkeys(
        ("survey_ground_truth", "survey_distributions", "country_languages", "survey_remarks"),
        ("survey",),
    ),
    **dict.fromkeys(CHECKED, ("survey_prompts",)),
    **dict.fromkeys(
        (
            *("word_lists", "category_names", "category_relations", "counting_phrases"),
            *("numerals", "membership_questions"),
        ),
        ("counting_words",),
    ),
    **dict.fromkeys(("counting_items", "counting_category_names"), LISTED),
    **dict.fromkeys(
        (
            *("count_predictions", "counting_scores", "counting_confusion", "counting_prompts"),
            *("word_questions", "list_knowledge", "knowledge_scores"),
        ),
        COUNTED,
    ),
    "counting_contrasts": (*COUNTED, "pivot"),
    "survey_prompts": ("survey_prompts",),
    **dict.fromkeys(("responses", "statements"), WRITTEN),
    **dict.fromkeys(("stance_labels", "open_scores"), LABELLED),
    # In the languages of the prompts, unless they name their own.
    "label_accuracy": ("stance_labelling", "survey_prompts"),
    "closed_distributions": CHOSEN,
    "order_effects": (*CHOSEN, "survey"),
    "closed_scores": ("cultural", *CHOSEN, "survey"),
    "survey_scores": VOICED,
    "country_correlations": ("survey", "cultural_analysis"),
    "model_capabilities": ("cultural_analysis",),
    "labeller_agreement": (*LABELLED, "cultural_analysis"),
    **dict.fromkeys(("cross_effects", "elicitation_agreement"), (*VOICED, "cultural_analysis")),
    **dict.fromkeys(
        (
            *("cultural_alignment", "cultural_contrasts", "self_consistency"),
            *("capability_regression", "original_cells", "original_us_bias"),
            *("original_capability", "original_consistency"),
        ),
        COMPARED,
    ),
    "mediation_pairs": PAIRED,
    "pair_outcomes": PAIRED,
    "swapped_knowledge": PATCHED,
    **dict.fromkeys(("mediation_summary", "mediation_gates"), (*PATCHED, "mediation_summary")),
    "mediation_hypotheses": (*PATCHED, "mediation_summary", "mediation_hypotheses"),
    "attributions": (*PAIRED, "mediation_screen"),
    "screen_check": (*PAIRED, "mediation_screen"),
    "probes": (*PAIRED, "mediation_probes"),
    **dict.fromkeys(("steering", "interchanges", "knockouts"), CHANGED),
    "intervention_summary": (*CHANGED, "mediation_effects", "mediation_summary"),
}
# Partitions whose fingerprint holds parameters of a room.
FINGERPRINTED = {
    "embeddings": ("representation", ("poolings", "include_special_tokens", "overlong")),
    "sentence_information": ("representation", ("overlong",)),
    "translations": ("translation", ("shots", "slack", "least_budget")),
    "survey_answers": ("closed_survey", ("orders", "overlong")),
}
# Settings of how, not of what.
WITHOUT_EFFECT = (
    "alignment.threads",
    "alignment.matrix_gib",
    "alignment.top_n",
    "tasks.token_budget",
    "finetuning.token_budget",
    "merging.encoders",
    "merging.memory_gib",
    "merging.write",
    "cultural.respondents",
    "stance_labelling.token_budget",
    "closed_survey.token_budget",
    "mediation_effects.token_budget",
    "mediation_screen.token_budget",
    "mediation_probes.token_budget",
    "mediation_interventions.token_budget",
    "counting_benchmark.token_budget",
)
READING = "reading"
TEXTS = ("parallel_sentences", "sentence_samples")
# Parameter that names a source -> how its entry of the catalog ends.
SOURCES = {
    "corpus": "texts",
    "reading": "reading",
    "knowledge": "knowledge",
    "intents": "intents",
    "survey": "survey",
}
# Parameters -> one of the tables of prompts that they choose from; all lie in one folder.
PROMPT_TABLES = {
    "survey_prompts": "prompt_templates",
    "stance_labelling": "prompt_statements",
    "closed_survey": "closed_questions",
}


def deciding_settings(
    table: str,
    parameters: Mapping[str, Any],
    sources: Mapping[str, Mapping[str, Any]],
    *,
    asked: bool = True,
) -> dict[str, Any]:
    """Give the settings that decide what a table holds.

    Args:
        table: a key of `DECIDED_BY`.
        parameters: of the run, complete with defaults; plain values.
        sources: where the raw data lie: a key of `SOURCES` -> what its entry says.
        asked: whether test items are; where they are not, they decide nothing.

    Returns:
        Setting -> value, with names such as `ingestion.strict`; languages in any order are equal.
    """
    settings: dict[str, Any] = {}
    for name in _deciding_names(table, parameters, asked=asked):
        value = parameters[name]
        if isinstance(value, Mapping):
            settings |= {f"{name}.{key}": part for key, part in value.items()}
        else:
            settings[name] = value
        settings |= {f"raw {name}: {key}": part for key, part in sources.get(name, {}).items()}
    for name in WITHOUT_EFFECT:
        settings.pop(name, None)
    if not isinstance(settings.get("languages", ""), str):
        settings["languages"] = " ".join(sorted(settings["languages"]))
    return settings


def _deciding_names(table: str, parameters: Mapping[str, Any], *, asked: bool) -> tuple[str, ...]:
    """Give the parameters that decide a table; some do so only where others let them."""
    names = DECIDED_BY[table]
    if table != "sentence_samples" or (asked and parameters["sentence_sample"]["outside_reading"]):
        return names
    return tuple(name for name in names if name != READING)


def base_name(dataset: str) -> str:
    """Give the name of a result without that of its model: `alignment_summary`."""
    return dataset.rpartition(".")[2]


def note_settings(
    table: pd.DataFrame, settings: Mapping[str, Any], *, content: bool = False
) -> None:
    """Note in a table the settings that it was made with; they are saved with it.

    Args:
        table: gets the note.
        settings: of the run.
        content: whether to note a digest of its rows, too.
    """
    noted: dict[str, Any] = {**table.attrs.get(MADE_FROM, {}), SETTINGS: settings}
    if content:
        noted[CONTENT] = digest_table(table)
    record_sources(table, **noted)


def changed_settings(table: pd.DataFrame, settings: Mapping[str, Any]) -> list[str]:
    """Name the settings that differ from those noted in a table, as `languages: all -> eng deu`.

    Lists are compared as the words that they are on the command line. Samples that lie outside the
    passages of reading items fit, too, where no items are asked.

    Args:
        table: as loaded; without a note (it was made elsewhere) nothing differs.
        settings: of the present run.
    """
    noted = table.attrs.get(MADE_FROM, {}).get(SETTINGS)
    if not noted:
        return []
    if not any(_is_of(READING, name) for name in settings):
        noted = {name: value for name, value in noted.items() if not _is_of(READING, name)}
    return changed_keys(_in_words(noted), _in_words(settings))


def _is_of(group: str, setting: str) -> bool:
    return setting.startswith((f"{group}.", f"raw {group}:"))


def _in_words(value: Any) -> Any:
    """Write lists of words as one text: older notes may have either."""
    if isinstance(value, Mapping):
        return {key: _in_words(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        texts = all(isinstance(part, str) for part in value)
        return " ".join(value) if texts else [_in_words(part) for part in value]
    return value
