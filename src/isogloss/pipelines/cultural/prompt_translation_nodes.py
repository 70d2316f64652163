"""The node that has a chat model translate the tables of prompts."""

from __future__ import annotations

import logging

import pandas as pd

from isogloss.chat import ChatModel, ChatSampling, ResponseStore, answer
from isogloss.language_models import LanguageModel
from isogloss.pipelines.cultural.prompt_parameters import PromptTranslationParameters
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.pipelines.cultural.prompt_translation import FAILED, Translator
from isogloss.pipelines.cultural.prompt_translation_tables import TABLES, translate_tables

logger = logging.getLogger(__name__)

Translated = tuple[
    pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame
]


def refuse_to_translate(parameters: PromptTranslationParameters) -> None:
    """Stand for the translation where nobody was named who translates.

    Raises:
        PromptTableError: says what to set.
    """
    raise PromptTableError(
        "prompt_translation.translator is not set: name a model of the zoo, and the languages, for "
        'example --params "prompt_translation.translator=gpt_4o,prompt_translation.languages='
        f'{" ".join(parameters.languages) or "dan nld"}".'
    )


def copy_tables(
    countries: pd.DataFrame, labelled_statements: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hand on what is not translated, so that the new folder of tables is complete.

    Args:
        countries: sentences that name countries: which language is native there, nobody translates.
        labelled_statements: whose side is known as long as nobody rewords them.
    """
    return countries, labelled_statements


def translate_prompt_tables(
    chat: ChatModel | LanguageModel,
    store: ResponseStore,
    languages: pd.DataFrame,
    parameters: PromptTranslationParameters,
    *tables: pd.DataFrame,
) -> Translated:
    """Have a chat model translate the tables of prompts; see `translate_tables`.

    Texts whose translation fails a check leave their row out, and stand in the report.

    Args:
        chat: the model that translates.
        store: of its answers.
        languages: language, name.
        parameters: into which languages, and what counts as right.
        *tables: templates, topics, statements, closed_questions and answer_words.

    Returns:
        The same tables with the translated rows, and the report.

    Raises:
        PromptTableError: if no language is named, or one that the table of languages lacks.
    """
    if not parameters.languages:
        raise PromptTableError(
            "prompt_translation.languages is empty: name the languages to translate into, for "
            'example --params "prompt_translation.languages=dan nld".'
        )
    names = dict(zip(languages["language"], languages["name"], strict=True))
    if unknown := [
        code for code in (parameters.source, *parameters.languages) if code not in names
    ]:
        raise PromptTableError(
            f"prompt_translation names '{unknown[0]}', which the table of languages does not have."
        )
    translator = Translator(
        lambda requests: answer(chat, requests, store),
        names,
        parameters.source,
        ChatSampling(temperature=0, max_tokens=parameters.max_tokens, seed=parameters.seed),
        parameters.threshold,
    )
    translated, report = translate_tables(
        {table.name: rows for table, rows in zip(TABLES, tables, strict=True)},
        parameters.source,
        parameters.languages,
        translator.translate,
    )
    failed = report[report["status"] == FAILED]
    logger.log(
        logging.WARNING if len(failed) else logging.INFO,
        "%d texts translated, %d of them at the second attempt, %d failed and left out%s",
        len(report) - len(failed),
        int((report["status"] == "repaired").sum()),
        len(failed),
        f", such as {failed.iloc[0]['table']} {failed.iloc[0]['key']} in "
        f"{failed.iloc[0]['language']}: {failed.iloc[0]['reason']}"
        if len(failed)
        else "",
    )
    first, second, third, fourth, fifth = (translated[table.name] for table in TABLES)
    return first, second, third, fourth, fifth, report
