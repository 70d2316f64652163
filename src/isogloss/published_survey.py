"""The published responses of arXiv 2502.16534 as rows of `survey_scores`.

The files name languages by ISO 639-1 codes, countries by name and models by several names; here
are the keys of this project instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import Refusal, suggest
from isogloss.survey_score_rows import SCORE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGES = {"da": "dan", "en": "eng", "nl": "nld", "pt": "por"}
LANGUAGE_NAMES = {"Danish": "dan", "English": "eng", "Dutch": "nld", "Portuguese": "por"}
COUNTRIES = {
    "Australia": "AU",
    "Brazil": "BR",
    "Canada": "CA",
    "Denmark": "DK",
    "Great Britain": "GB",
    "Kenya": "KE",
    "Netherlands": "NL",
    "New Zealand": "NZ",
    "Portugal": "PT",
    "United States": "US",
}
# Names in the table of benchmarks -> names of the responses.
MODELS = {
    "GPT-3.5 Turbo": "gpt-3.5-turbo-0125",
    "GPT-4 Turbo": "gpt-4-turbo-2024-04-09",
    "gpt-4-turbo": "gpt-4-turbo-2024-04-09",
    "GPT-4o": "gpt-4o",
    "gpt-4o-2024-05-13": "gpt-4o",
    "Gemma-2 2B": "gemma-2-2b-it",
    "Gemma-2 9B": "gemma-2-9b-it",
    "Gemma-2 27B": "gemma-2-27b-it",
    "OLMo-2 7B": "OLMo-2-1124-7B-Instruct",
    "OLMo-2 13B": "OLMo-2-1124-13B-Instruct",
    "OLMo-2 32B": "OLMo-2-0325-32B-Instruct",
}
TRUTH = "published_truth"
"""Column of the truth that the published table joined to a response, of its language and not of a
country; the demographic analysis used it."""
CAPABILITY_COLUMNS = ("model", "family", "benchmark", "language", "score")

_RESPONSES = ("model_name", "model_family", "language", "response_language", "question_key")
_SCORE = "response_pro_score"
_NAMED = ("model", "model_family", "language", "response_language", "question_key", "country")
_OPINIONS = "response_pro_con"


def read_responses(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Turn published responses into rows of `survey_scores`, open and without a named country.

    The files tell neither prompts nor single opinions: prompt_id, pro, con and neutral are empty,
    and `sample` numbers the responses of a model and language to a question.

    Args:
        table: all_lang_model_responses_with_scores.csv or latest_results_with_baseline.csv.
        file: its name, for error messages.

    Returns:
        `SCORE_COLUMNS` and `published_truth`, NaN where the file has none.

    Raises:
        Refusal: if a column is missing, or a language is none of the published ones.
    """
    _require(table, (*_RESPONSES, _SCORE), file)
    named = table.rename(columns={"model_name": "model"}).assign(country="")
    empty = pd.Series(pd.NA, index=table.index, dtype="Int64")
    return _rows(named.assign(pro=empty, con=empty, neutral=empty), file)


def read_named_responses(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Turn responses to prompts that name a country into rows of `survey_scores`.

    Args:
        table: demographic-gemma-results.csv; its opinions are counted.
        file: its name, for error messages.

    Returns:
        as `read_responses`, with the country that the prompt named.

    Raises:
        Refusal: if a column is missing, or a language or country is none of the published ones.
    """
    _require(table, (*_NAMED, _SCORE, _OPINIONS), file)
    opinions = table[_OPINIONS].fillna("").str.casefold().str.split(";")
    counts = {
        kind: opinions.map(lambda own, label=label: own.count(label)).astype("Int64")
        for kind, label in (("pro", "pro"), ("con", "con"), ("neutral", "null"))
    }
    country = _translate(table["country"], COUNTRIES, "country", file)
    return _rows(table.assign(**counts, country=country), file)


def read_benchmarks(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Turn the published benchmark scores into a table of capabilities.

    Args:
        table: multilingual_benchmarks.csv, scores in percent.
        file: its name, for error messages.

    Returns:
        model (as the responses name it), family, benchmark, language, score in 0..1.

    Raises:
        Refusal: if a column is missing, or a language is none of the published ones.
    """
    _require(table, CAPABILITY_COLUMNS, file)
    return pd.DataFrame(
        {
            "model": table["model"].replace(MODELS),
            "family": table["family"],
            "benchmark": table["benchmark"],
            "language": _translate(table["language"], LANGUAGE_NAMES, "language", file),
            "score": table["score"].astype(float) / 100,
        }
    )


def _rows(table: pd.DataFrame, file: str) -> pd.DataFrame:
    found = pd.DataFrame(
        {
            "model": table["model"],
            "family": table["model_family"],
            "elicitation": "open",
            "labeller": "",
            "language": _translate(table["language"], LANGUAGES, "language", file),
            "response_language": _translate(
                table["response_language"], LANGUAGES, "response_language", file
            ),
            "question": table["question_key"].str.lower(),
            "prompt_id": pd.Series(pd.NA, index=table.index, dtype="str"),
            "country": table["country"],
            "pro": table["pro"],
            "con": table["con"],
            "neutral": table["neutral"],
            "pro_score": _shares(table[_SCORE], file),
        }
    )
    cell = ["model", "language", "question", "country"]
    found["sample"] = found.groupby(cell).cumcount()
    truth = table.get("ground_truth_pro_score")
    found[TRUTH] = float("nan") if truth is None else truth.astype(float)
    return found[[*SCORE_COLUMNS, TRUTH]].reset_index(drop=True)


def _require(table: pd.DataFrame, columns: Sequence[str], file: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing:
        raise Refusal(
            f"{file} has no column {', '.join(missing)} (it has {', '.join(map(str, table))}). "
            "Take the file as it was published."
        )


def _shares(values: pd.Series[Any], file: str) -> pd.Series[float]:
    """Read shares; an empty cell is a response that takes no side."""
    found = pd.to_numeric(values, errors="coerce")
    wrong = (found.isna() & values.notna()) | (found < 0) | (found > 1)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        value = values.iloc[row]
        fault = f"'{value}' is no number" if pd.isna(found.iloc[row]) else f"{value} is no share"
        raise Refusal(
            f"{file}, row {row + 2}, column {_SCORE}: {fault}. Take the file as it was published."
        )
    return found.astype(float)


def _translate(
    values: pd.Series[str], codes: Mapping[str, str], column: str, file: str
) -> pd.Series[str]:
    unknown = sorted(set(values.dropna()) - set(codes))
    if unknown or values.isna().any():
        first = unknown[0] if unknown else ""
        raise Refusal(
            f"{file}, column {column}: '{first}' is none of {', '.join(codes)}."
            f"{suggest(first, codes)} Take the file as it was published."
        )
    return values.map(codes)
