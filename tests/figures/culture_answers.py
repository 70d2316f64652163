"""Made-up questions, and answers of people and models to them."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

CONFIDENCE = ("a great deal", "none at all")
BELONGS = ("not essential to democracy", "essential to democracy")
RIGHT = ("definitely should have the right", "definitely should not have the right")
GOOD, NEVER = ("very good", "very bad"), ("never", "always")
STRONGLY = ("agree strongly", "disagree strongly")
# question -> title, battery, highest code, what the ends mean.
QUESTIONS: dict[str, tuple[str, str, int, tuple[str, str]]] = {
    "f120": ("Abortion can be justified", "justifiable", 10, NEVER),
    "e069_02": ("Confidence in the armed forces", "confidence", 4, CONFIDENCE),
    "e117": ("Democracy is a good way to govern", "democracy", 4, GOOD),
    "d059": ("Men are better political leaders than women", "gender", 4, STRONGLY),
    "d054": ("Making the parents proud is a main goal in life", "family", 4, STRONGLY),
    "c001_01": ("Men have more right to a job when jobs are scarce", "gender", 5, STRONGLY),
    "h010": ("The government may read e-mail and other internet traffic", "privacy", 4, RIGHT),
    "e035": (
        "Incomes should be more equal", "economy", 10,
        ("more equal incomes", "larger differences as incentives"),
    ),
    "f121": ("Divorce can be justified", "justifiable", 10, NEVER),
    "e069_20": ("Confidence in the United Nations", "confidence", 4, CONFIDENCE),
    "e228": (
        "It belongs to democracy that the army takes over from an incompetent government",
        "democracy", 10, BELONGS,
    ),
    "f028": (
        "Goes to religious services", "religion", 8,
        ("more than once a week", "never or almost never"),
    ),
    "c002_01": ("Nationals go before immigrants when jobs are scarce", "work", 5, STRONGLY),
    "d026_03": ("Having children is a duty owed to society", "family", 5, STRONGLY),
    "d060": ("University matters more for a boy than for a girl", "gender", 4, STRONGLY),
    "e028": (
        "Has joined an unofficial strike", "politics", 3, ("has done it", "would never do it"),
    ),
    "e069_04": ("Confidence in the press", "confidence", 4, CONFIDENCE),
    "e069_05": ("Confidence in labour unions", "confidence", 4, CONFIDENCE),
    "e069_08": ("Confidence in the civil service", "confidence", 4, CONFIDENCE),
    "e069_13": ("Confidence in major companies", "confidence", 4, CONFIDENCE),
    "e116": ("Army rule is a good way to govern", "democracy", 4, GOOD),
    "e225": (
        "It belongs to democracy that religious authorities interpret the laws", "democracy", 10,
        BELONGS,
    ),
    "e226": (
        "It belongs to democracy that leaders are chosen in free elections", "democracy", 10,
        BELONGS,
    ),
    "e227": (
        "It belongs to democracy that the unemployed get state aid", "democracy", 10, BELONGS,
    ),
    "e233b": ("It belongs to democracy that people obey their rulers", "democracy", 10, BELONGS),
    "e235": (
        "It is important to live in a democracy", "democracy", 10,
        ("not at all important", "absolutely important"),
    ),
    "e290": ("Political violence can be justified", "justifiable", 10, NEVER),
    "f115": ("Not paying the fare in public transport can be justified", "justifiable", 10, NEVER),
    "f116": ("Cheating on taxes can be justified", "justifiable", 10, NEVER),
    "f117": ("Accepting a bribe can be justified", "justifiable", 10, NEVER),
    "f118": ("Homosexuality can be justified", "justifiable", 10, NEVER),
    "h011": (
        "The government may gather information on people without their knowledge", "privacy", 4,
        RIGHT,
    ),
    "f144_02": ("The death penalty can be justified", "justifiable", 10, NEVER),
    "f132": ("Casual sex can be justified", "justifiable", 10, NEVER),
}  # fmt: skip
PROMPTS = 8


def make_questions(count: int) -> pd.DataFrame:
    """Make the first rows of `survey_questions`."""
    rows = []
    for question, (title, battery, highest, ends) in list(QUESTIONS.items())[:count]:
        half = highest // 2
        middle = highest % 2
        low, high = f"1-{half}", f"{half + 1 + middle}-{highest}"
        rising = ends[0] == "never" or ends == BELONGS
        rows.append(
            {
                "question": question, "title": title, "battery": battery, "lowest": 1,
                "highest": highest, "lowest_means": ends[0], "highest_means": ends[1],
                "pro": high if rising else low, "con": low if rising else high,
                "neutral": str(half + 1) if middle else "", "scale": "ordinal", "remark": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def make_scores(
    voices: dict[tuple[str, str], np.ndarray],
    models: dict[str, str],
    questions: pd.DataFrame,
    rng: np.random.Generator,
    elicitations: tuple[str, ...],
) -> pd.DataFrame:
    """Make `survey_scores`: some open answers are undecided, or in another language."""
    tables = []
    for (model, language), mean in voices.items():
        if "open" in elicitations:
            tables.append(_open(model, language, mean, questions, rng))
        if "closed" in elicitations:
            drawn = np.clip(0.5 + 0.6 * (mean - 0.5) + rng.normal(0, 0.1, len(mean)), 0, 1)
            tables.append(
                pd.DataFrame(
                    {
                        "model": model, "elicitation": "closed", "labeller": "",
                        "language": language, "response_language": "",
                        "question": questions["question"], "prompt_id": "", "sample": 0,
                        "country": "", "pro": np.nan, "con": np.nan, "neutral": np.nan,
                        "pro_score": drawn,
                    }
                )
            )  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    table.insert(1, "family", table["model"].map(models))
    return table


def _open(
    model: str, language: str, mean: np.ndarray, questions: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    count = len(questions)
    said = rng.binomial(10, 0.85, (count, PROMPTS))
    pro = rng.binomial(said, np.broadcast_to(mean[:, None], said.shape))
    undecided = rng.random(said.shape) < (0.03 if language == "eng" else 0.12)
    pro, said = np.where(undecided, 0, pro), np.where(undecided, 0, said)
    with np.errstate(invalid="ignore"):
        score = pro / said
    other = (rng.random(said.shape) < 0.1) & (language != "eng")
    ids = [_identify(question, language, k) for question in questions["question"]
           for k in range(PROMPTS)]  # fmt: skip
    return pd.DataFrame(
        {
            "model": model, "elicitation": "open", "labeller": "likelihood", "language": language,
            "response_language": np.where(other, "eng", language).ravel(),
            "question": np.repeat(questions["question"].to_numpy(), PROMPTS), "prompt_id": ids,
            "sample": 0, "country": "", "pro": pro.ravel(), "con": (said - pro).ravel(),
            "neutral": 10.0 - said.ravel(), "pro_score": score.ravel(),
        }
    )  # fmt: skip


def make_prompts(scores: pd.DataFrame) -> pd.DataFrame:
    """Make `survey_prompts` of the open answers."""
    rows = scores[scores["elicitation"] == "open"].drop_duplicates("prompt_id")
    own = rows[["prompt_id", "question", "language"]].reset_index(drop=True)
    phrasing = own.groupby(["question", "language"], sort=False).cumcount()
    return own.assign(
        template=[f"template_{k // 4}" for k in phrasing], phrasing=phrasing % 4, country="",
        congruent=None, topic="a topic", text="What do ten people think of a topic?",
        wording=["written" if code == "eng" else "machine" for code in own["language"]],
    )  # fmt: skip


def make_distributions(
    people: np.ndarray, questions: pd.DataFrame, countries: dict[str, str]
) -> pd.DataFrame:
    """Make `survey_distributions` of countries."""
    rows = [
        {"level": "country", "group": country, "question": row["question"], "code": code,
         "share": share, "n": 1200, "n_eff": 900.0}
        for place, country in enumerate(countries)
        for column, row in enumerate(questions.to_dict("records"))
        for code, share in zip(*_spread(row, people[place, column]), strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def make_closed(
    models: dict[str, str], languages: list[str], questions: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Make `closed_distributions`, in two formulations of which the first stands for the model."""
    rows = [
        {"model": model, "language": language, "question": row["question"], "order": order,
         "code": code, "log_likelihood": value}
        for model in models
        for language in languages
        for row in questions.to_dict("records")
        for order in (0, 1)
        for code, value in enumerate(rng.normal(-3, 1.2, row["highest"]), start=1)
    ]  # fmt: skip
    answers = pd.DataFrame(rows)
    order = ["model", "language", "question", "order"]
    weight = np.exp(answers["log_likelihood"])
    shares = weight / weight.groupby([answers[key] for key in order]).transform("sum")
    keys = ["model", "language", "question", "code"]
    table = answers.assign(share=shares).groupby(keys, sort=False)["share"].mean().reset_index()
    table.insert(3, "formulation", "number")
    table = table.assign(selected=True, complete=True, mass=0.4, orders=2)
    words = table.assign(formulation="text", selected=False)
    return pd.concat([table, words], ignore_index=True)


def _spread(row: dict[Any, Any], pro: float) -> tuple[np.ndarray, np.ndarray]:
    """Spread a share of pro evenly over its codes, and the rest over the others."""
    highest = int(str(row["highest"]))
    first, last = map(int, str(row["pro"]).split("-")) if "-" in str(row["pro"]) else (1, 1)
    codes = np.arange(1, highest + 1)
    inside = (codes >= first) & (codes <= last)
    share = np.where(inside, pro / inside.sum(), (1 - pro) / (~inside).sum())
    bend = 1 + 0.4 * np.cos(codes)
    return codes, share * bend / (share * bend).sum()


def _identify(question: str, language: str, place: int) -> str:
    return hashlib.sha256(f"{question} {language} {place}".encode()).hexdigest()[:16]
