"""Made-up tables as the cultural room makes them: a real-sized study and a synthetic demo."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from tests.figures.culture_answers import (
    make_closed,
    make_distributions,
    make_prompts,
    make_questions,
    make_scores,
)

NINE = {
    "OLMo-2-1124-7B-Instruct": "olmo",
    "OLMo-2-1124-13B-Instruct": "olmo",
    "OLMo-2-0325-32B-Instruct": "olmo",
    "gemma-2-2b-it": "gemma",
    "gemma-2-9b-it": "gemma",
    "gemma-2-27b-it": "gemma",
    "gpt-3.5-turbo-0125": "openai",
    "gpt-4-turbo-2024-04-09": "openai",
    "gpt-4o": "openai",
}
THIRTEEN = {
    "AU": "eng", "CA": "eng", "GB": "eng", "KE": "eng", "NG": "eng", "NIR": "eng", "NZ": "eng",
    "SG": "eng", "US": "eng", "DK": "dan", "NL": "nld", "BR": "por", "PT": "por",
}  # fmt: skip
DEMO = {"gemma_270m_q4": "gemma"}
FICTIONAL = {
    "XA": "eng", "XB": "eng", "XC": "deu", "XD": "spa", "XE": "spa", "XF": "fra", "XG": "rus",
    "XH": "tur", "XI": "swh", "XJ": "zho_simpl",
}  # fmt: skip
PARTS = ("overall", "normative", "distinctive")
WITHOUT = "KE NG SG"


@dataclass(frozen=True)
class CultureStudy:
    """All tables of one made-up study."""

    questions: pd.DataFrame
    truth: pd.DataFrame
    distributions: pd.DataFrame
    country_languages: pd.DataFrame
    prompts: pd.DataFrame
    scores: pd.DataFrame
    alignment: pd.DataFrame
    contrasts: pd.DataFrame
    correlations: pd.DataFrame
    consistency: pd.DataFrame
    cross: pd.DataFrame
    elicitation: pd.DataFrame
    capability: pd.DataFrame
    regression: pd.DataFrame
    labellers: pd.DataFrame
    accuracy: pd.DataFrame
    closed: pd.DataFrame
    order_effects: pd.DataFrame
    published: pd.DataFrame


def make_culture(
    models: dict[str, str] = NINE,
    countries: dict[str, str] = THIRTEEN,
    questions: int = 32,
    *,
    synthetic: bool = False,
    elicitations: tuple[str, ...] = ("open",),
    seed: int = 0,
) -> CultureStudy:
    """Make all tables of a study.

    Args:
        models: and their families.
        countries: and their main languages.
        questions: how many, at the most 37.
        synthetic: whether the truth is.
        elicitations: of the answers, open or closed.
        seed: of all draws.
    """
    rng = np.random.default_rng(seed)
    table = make_questions(questions)
    people = _people(list(countries.values()), questions, rng)
    truth = _truth(people, table, countries, synthetic)
    voices = _voices(models, sorted(set(countries.values())), people, rng)
    scores = make_scores(voices, models, table, rng, elicitations)
    reference = next(iter(countries)) if synthetic else "US"
    flag = {"synthetic": synthetic}
    groups = {"country": (list(countries), list(countries.values()), people)}
    spoken = sorted(set(countries.values()))
    mains = np.array(list(countries.values()))
    means = np.array([people[mains == code].mean(axis=0) for code in spoken])
    groups["language"] = (spoken, spoken, means)
    alignment = pd.concat(
        [_align(scores, level, models, group, rng) for level, group in groups.items()],
        ignore_index=True,
    ).assign(**flag)
    own = alignment[alignment["level"] == "country"]
    contrasts = _contrast(own, reference).assign(**flag)
    distributed = make_closed(models, spoken, table, rng)
    closed = distributed if "closed" in elicitations else distributed[:0]
    return CultureStudy(
        questions=table,
        truth=truth,
        distributions=make_distributions(people, table, countries).assign(**flag),
        country_languages=pd.DataFrame(
            {"country": list(countries), "language": list(countries.values()), "share": 0.9} | flag
        ),
        prompts=make_prompts(scores),
        scores=scores,
        alignment=alignment,
        contrasts=contrasts,
        correlations=_correlate(people, countries).assign(**flag),
        consistency=_consistency(models, countries, rng, questions).assign(**flag),
        cross=_cross(models, sorted(set(countries.values())), rng, questions),
        elicitation=_elicitations(models, spoken, "closed" in elicitations),
        capability=_capability(own, rng),
        regression=_regression(models).assign(**flag),
        labellers=_labellers(models, spoken),
        accuracy=_accuracy(spoken),
        closed=closed,
        order_effects=_order_effects(closed),
        published=_publish(contrasts),
    )


def make_demo(elicitations: tuple[str, ...] = ("open", "closed")) -> CultureStudy:
    """Make the synthetic study of the size of the demo."""
    return make_culture(DEMO, FICTIONAL, 12, synthetic=True, elicitations=elicitations)


def _people(languages: list[str], questions: int, rng: np.random.Generator) -> np.ndarray:
    """Draw scores of countries, [countries, questions]: most of them is common to all."""
    common = rng.uniform(0.05, 0.95, questions)
    own = {code: rng.normal(0, 0.08, questions) for code in sorted(set(languages))}
    drawn = [common + own[code] + rng.normal(0, 0.09, questions) for code in languages]
    return np.clip(drawn, 0.02, 0.98)


def _truth(
    people: np.ndarray, table: pd.DataFrame, countries: dict[str, str], synthetic: bool
) -> pd.DataFrame:
    rows = [
        {"level": "country", "group": code, "language": language, "question": question,
         "pro_score": people[place, column]}
        for place, (code, language) in enumerate(countries.items())
        for column, question in enumerate(table["question"])
    ]  # fmt: skip
    error = 0.02
    own = pd.DataFrame(rows).assign(
        error=error, n=1200.0, n_eff=900.0, group_variance=0.02, rules="declared",
        synthetic=synthetic,
    )  # fmt: skip
    reach = 1.96 * error
    return own.assign(
        ci_low=(own["pro_score"] - reach).clip(0), ci_high=(own["pro_score"] + reach).clip(upper=1)
    )


def _voices(
    models: dict[str, str], languages: list[str], people: np.ndarray, rng: np.random.Generator
) -> dict[tuple[str, str], np.ndarray]:
    """Draw what models would say on average: near what all countries say, and noisy."""
    centre = people.mean(axis=0)
    return {
        (model, code): np.clip(
            0.5 + 0.8 * (centre - 0.5) + 0.4 * (people[place % len(people)] - centre)
            + rng.normal(0, 0.08 + 0.14 * rng.random(), len(centre)), 0.02, 0.98,
        )
        for model in models
        for place, code in enumerate(languages)
    }  # fmt: skip


def _align(
    scores: pd.DataFrame,
    level: str,
    models: dict[str, str],
    groups: tuple[list[str], list[str], np.ndarray],
    rng: np.random.Generator,
) -> pd.DataFrame:
    names, mains, people = groups
    keys = ["elicitation", "model", "language"]
    means = scores.groupby([*keys, "question"], sort=False)["pro_score"].mean().unstack("question")
    n = int(means.notna().sum(axis=1).min())
    ranks = np.apply_along_axis(rankdata, 1, means.fillna(0.5).to_numpy())
    rows = []
    for (elicitation, model, language), own in zip(means.index, ranks, strict=True):
        for place, (country, main) in enumerate(zip(names, mains, strict=True)):
            group = rankdata(people[place])
            others = np.delete(people, place, axis=0)
            if len(others):
                rest = rankdata(others.mean(axis=0))
                found = _parts(own, group, rest)
                shared = float(np.corrcoef(group, rest)[0, 1])
            else:
                found, shared = (float(np.corrcoef(own, group)[0, 1]), np.nan, np.nan), np.nan
            for part, value in zip(PARTS, found, strict=True):
                error = 0.95 * (1 - value**2) / np.sqrt(n) + 0.01
                wider = error * rng.uniform(0.9, 1.7)
                rows.append(
                    {
                        "model": model, "family": models[model], "elicitation": elicitation,
                        "labeller": "likelihood" if elicitation == "open" else "",
                        "language": language, "named_country": "", "level": level,
                        "group": country,
                        "native": main == language, "metric": "spearman", "part": part,
                        "value": value, "error": error, "ci_low": value - 1.96 * error,
                        "ci_high": value + 1.96 * error,
                        "battery_ci_low": value - 1.96 * wider,
                        "battery_ci_high": value + 1.96 * wider, "n_questions": n,
                        "n_responses": n * 8, "without_battery_low": value - 0.1,
                        "without_battery_high": value + 0.1, "floor": 0.02,
                        "floor_uniform": np.nan,
                        "ceiling": shared if part == "overall" else np.nan,
                        "conformist": 0.2 if part == "distinctive" else np.nan,
                        "p": 0.2, "p_adjusted": 0.001 if abs(value) > 3 * wider else 0.6,
                        "reliability": 0.8, "disattenuated": np.nan,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def _parts(own: np.ndarray, group: np.ndarray, rest: np.ndarray) -> tuple[float, float, float]:
    r = np.corrcoef([own, group, rest])
    left = np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    partial = (r[0, 1] - r[0, 2] * r[1, 2]) / left if left > 1e-9 else np.nan
    return float(r[0, 1]), float(r[0, 2]), float(partial)


def _contrast(alignment: pd.DataFrame, reference: str) -> pd.DataFrame:
    keys = ["model", "family", "elicitation", "labeller", "language", "metric", "part"]
    spoken = alignment[alignment["native"]].groupby("language", sort=False)["group"].unique()
    tables = []
    for without in ("", WITHOUT):
        left = alignment[~alignment["group"].isin(without.split())]
        own = left[left["native"] & (left["group"] != reference)]
        if without and len(left) == len(alignment):
            continue
        native = own.groupby(keys, sort=False)["value"].mean()
        us = left[left["group"] == reference].set_index(keys)["value"]
        table = (us - native).dropna().rename("difference").reset_index()
        table["natives"] = [
            " ".join(c for c in spoken[code] if c != reference and c not in without.split())
            for code in table["language"]
        ]
        tables.append(table.assign(without=without))
    each = pd.concat(tables, ignore_index=True)
    other = [name for name in [*keys, "natives", "without"] if name not in ("model", "family")]
    mean = each.groupby(other, sort=False)["difference"].mean().reset_index()
    mean = mean.assign(model="all", family="")
    tables = [each.assign(resampled="questions")]
    if each["model"].nunique() > 1:
        tables += [mean.assign(resampled=one) for one in ("questions", "questions and models")]
    whole = pd.concat(tables, ignore_index=True)
    error = np.where(whole["part"] == "overall", 0.06, 0.13)
    error = error * np.where(whole["resampled"] == "questions", 1, 1.3)
    whole = whole.assign(
        error=error, reference=reference, named=False, p=0.3, p_battery=0.4, n_questions=30,
        n_batteries=6, n_models=np.where(whole["model"] == "all", each["model"].nunique(), 1),
    )  # fmt: skip
    value = whole["difference"]
    return whole.assign(
        ci_low=value - 1.96 * error, ci_high=value + 1.96 * error,
        battery_ci_low=value - 2.4 * error, battery_ci_high=value + 2.4 * error,
        p_adjusted=np.where(abs(value) > 2.8 * error, 0.01, 0.7),
    )  # fmt: skip


def _correlate(people: np.ndarray, countries: dict[str, str]) -> pd.DataFrame:
    r = np.corrcoef(people)
    rows = [
        {"group_a": one, "group_b": other, "metric": metric, "value": r[a, b] + shift,
         "ci_low": r[a, b] - 0.1, "ci_high": min(r[a, b] + 0.1, 1), "n": people.shape[1]}
        for metric, shift in (("pearson", 0.0), ("spearman", -0.01))
        for (a, one), (b, other) in combinations(enumerate(countries), 2)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _consistency(
    models: dict[str, str], countries: dict[str, str], rng: np.random.Generator, questions: int
) -> pd.DataFrame:
    rows = [
        {"kind": "model", "name": model, "family": family, "language": code,
         "value": rng.uniform(0.3, 0.75), "n_responses": 240}
        for model, family in models.items()
        for code in sorted(set(countries.values()))
    ]  # fmt: skip
    rows += [
        {"kind": "country", "name": code, "family": "", "language": language,
         "value": rng.uniform(0.66, 0.84), "n_responses": 0}
        for code, language in countries.items()
    ]  # fmt: skip
    own = pd.DataFrame(rows).assign(estimator="pearson", n_questions=questions)
    asked = own["kind"] == "model"
    own = own.assign(elicitation="open", labeller="likelihood", opinions=8.0, reason="")
    own["variance"] = np.where(asked, "responses", "survey")
    return own.assign(ci_low=own["value"] - 0.08, ci_high=own["value"] + 0.07)


def _cross(
    models: dict[str, str], languages: list[str], rng: np.random.Generator, questions: int
) -> pd.DataFrame:
    rows: list[tuple[str, str, str, str, Any, int]] = []
    for model in models:
        within = {code: rng.uniform(0.4, 0.7) for code in languages}
        for code in languages:
            rows.append((model, code, code, "within", within[code], 900))
        for one, other in combinations(languages, 2):
            between = (within[one] + within[other]) / 2 - rng.uniform(-0.01, 0.12)
            rows.append((model, one, other, "between", between, 2500))
            mean = (within[one] + within[other]) / 2
            rows.append((model, one, other, "difference", mean - between, 4000))
        for kind in ("within", "between", "difference") if len(languages) > 1 else ():
            own = [row[4] for row in rows if row[0] == model and row[3] == kind]
            rows.append((model, "all", "all", kind, np.mean(own), 9000))
    names = ["model", "language_a", "language_b", "kind", "value", "n_pairs"]
    table = pd.DataFrame(rows, columns=names).assign(
        n_questions=questions, elicitation="open", labeller="likelihood", reason="", synthetic=False
    )
    table.insert(1, "family", table["model"].map(models))
    return table.assign(ci_low=table["value"] - 0.05, ci_high=table["value"] + 0.05)


def _elicitations(models: dict[str, str], languages: list[str], closed: bool) -> pd.DataFrame:
    """Make `elicitation_agreement`; of the last language there is too little."""
    keys = list(product(models, languages, ("spearman", "distance")))
    table = pd.DataFrame(keys, columns=["model", "language", "metric"])
    table.insert(1, "family", table["model"].map(models))
    value = np.round(0.2 + 0.03 * np.arange(len(table)) % 0.6, 2)
    table = table.assign(
        labeller="likelihood", value=value, error=0.1, ci_low=value - 0.2, ci_high=value + 0.2,
        battery_ci_low=value - 0.3, battery_ci_high=value + 0.3, n_questions=12, n_responses=40,
        reason="", synthetic=False,
    )  # fmt: skip
    few = table["language"] == languages[-1]
    numbers = ["value", "error", "ci_low", "ci_high", "battery_ci_low", "battery_ci_high"]
    table.loc[few, numbers] = np.nan
    table.loc[few, "reason"] = "5 questions in common, 8 are needed"
    return table if closed else table[:0]


def _capability(alignment: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    own = alignment[alignment["native"] & (alignment["part"] == "distinctive")]
    table = own.groupby(["model", "language"], sort=False)["value"].mean().reset_index()
    noise = rng.normal(0, 0.08, len(table))
    return pd.DataFrame(
        {
            "measure": "benchmarks", "model": table["model"], "language": table["language"],
            "capability": np.clip(0.55 + 0.5 * (table["value"] - 0.3) + noise, 0, 1),
        }
    )  # fmt: skip


def _regression(models: dict[str, str]) -> pd.DataFrame:
    enough = len(models) >= 6
    row = {
        "elicitation": "open", "labeller": "likelihood", "metric": "spearman",
        "outcome": "distinctive", "capability": "benchmarks", "covariates": "none",
        "language": "all", "p": 0.04, "p_within_family": 0.21, "n": len(models), "n_questions": 30,
    }  # fmt: skip
    lefts = ["", *models] if enough else [""]
    slopes = [0.42 + 0.02 * place if enough else np.nan for place in range(len(lefts))]
    own = pd.DataFrame(
        {**row, "left_out": left, "slope": slope} for left, slope in zip(lefts, slopes, strict=True)
    ).assign(error=0.2 if enough else np.nan, reason="")
    if not enough:
        reason = f"{len(models)} models; a slope takes 6"
        own = own.assign(p=np.nan, p_within_family=np.nan, reason=reason)
    return own.assign(ci_low=own["slope"] - 0.4, ci_high=own["slope"] + 0.4)


def _labellers(models: dict[str, str], languages: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"labeller_a": "likelihood", "labeller_b": "judge", "model": model, "language": code,
         "unit": "statement", "krippendorff_alpha": 0.61, "ci_low": 0.52, "ci_high": 0.69,
         "n": 30, "n_units": 400}
        for model, code in [("all", "all"), *product(models, languages)]
    )  # fmt: skip


def _accuracy(languages: list[str]) -> pd.DataFrame:
    rows = [
        {"labeller": "likelihood", "language": code, "stance": stance, "n": n, "right": right,
         "ci_low": right - 0.1, "ci_high": right + 0.1}
        for place, code in enumerate([*languages, "all"])
        for stance, n, right in (("all", 60, 0.5 + 0.01 * place), ("pro", 20, 0.6),
                                 ("con", 20, 0.7), ("neutral", 20, 0.2))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _order_effects(closed: pd.DataFrame) -> pd.DataFrame:
    keys = ["model", "language", "question", "formulation"]
    rows = closed[keys].drop_duplicates().reset_index(drop=True)
    return rows.assign(orders=2, recency=0.12, distance=0.31, pro_score_lowest=0.4,
                       pro_score_highest=0.6)  # fmt: skip


def _publish(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Make the coefficients of the published regression: term, coefficient and so on."""
    own = contrasts[
        (contrasts["part"] == "overall") & (contrasts["model"] != "all")
        & (contrasts["without"] == "") & (contrasts["elicitation"] == "open")
    ].sort_values(["model", "language"])  # fmt: skip
    value = own["difference"].to_numpy() + 0.03
    bias = pd.DataFrame(
        {
            "term": "us:" + own["model"] + ":" + own["language"],
            "kind": "us:model:language", "model": own["model"], "language": own["language"],
            "coefficient": value,
        }
    )  # fmt: skip
    main = bias.assign(
        term=bias["term"].str.removeprefix("us:"), kind="model:language", coefficient=0.5
    )
    both = pd.concat([main, bias], ignore_index=True)
    return both.assign(
        error=0.02, ci_low=both["coefficient"] - 0.04, ci_high=both["coefficient"] + 0.04,
        t=both["coefficient"] / 0.02, p=0.001, n=16000, r_squared=0.685, r_squared_adjusted=0.684,
        log_likelihood=12042.0, rounds=100, reference=str(contrasts["reference"].iloc[0]),
    )  # fmt: skip
