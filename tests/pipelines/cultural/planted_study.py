"""A small study whose truth is known: countries, questions, and models that follow a country."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from isogloss import answer_schemas, cultural_original_schemas, cultural_schemas

COUNTRIES = {"AU": "eng", "DK": "dan", "GB": "eng", "NL": "nld", "US": "eng"}
BATTERIES = ("confidence", "democracy", "family", "gender", "justifiable", "work")
INTERVIEW = 10
COMMON, OWN = 0.8, 0.6
"""How much of a country's profile all have in common, and how much is its own."""


@dataclass(frozen=True)
class PlantedStudy:
    """Tables of a made-up study.

    Attributes:
        questions: how many.
        models: model -> country that it follows in every language; "" for what all have in common,
            "native" for the first country of the language.
        strength: how much of a country's own profile a model follows.
        responses: to a question, by a model in a language.
        noise: of a model's own, on top of what it follows.
        seed: of everything.
    """

    questions: int = 30
    models: dict[str, str] = field(default_factory=lambda: {"alpha": "", "beta": "", "gamma": ""})
    strength: float = 0.8
    responses: int = 6
    noise: float = 0.3
    seed: int = 0

    @property
    def codes(self) -> list[str]:
        return [f"q{number:03d}" for number in range(self.questions)]

    def survey_questions(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "question": self.codes,
                "battery": [BATTERIES[n % len(BATTERIES)] for n in range(self.questions)],
                "lowest": 1,
                "highest": [4 if n % 2 else 10 for n in range(self.questions)],
                "pro": ["1-2" if n % 2 else "6-10" for n in range(self.questions)],
                "con": ["3-4" if n % 2 else "1-5" for n in range(self.questions)],
                "neutral": "",
                "scale": ["nominal" if n % 6 == 1 else "ordinal" for n in range(self.questions)],
            }
        )

    def profiles(self) -> dict[str, np.ndarray]:
        """Give what is latent: the common profile under "" and each country's own part."""
        generator = np.random.default_rng([self.seed, 1])
        return {name: generator.normal(size=self.questions) for name in ("", *COUNTRIES)}

    def country_scores(self) -> dict[str, np.ndarray]:
        latent = self.profiles()
        return {
            name: stats.norm.cdf(0.8 * (COMMON * latent[""] + OWN * latent[name]))
            for name in COUNTRIES
        }

    def ground_truth(self) -> pd.DataFrame:
        scores = self.country_scores()
        rows = [
            {"level": "country", "group": name, "language": COUNTRIES[name], "scores": own}
            for name, own in scores.items()
        ]
        for language in sorted(set(COUNTRIES.values())):
            own = np.mean([scores[name] for name in COUNTRIES if COUNTRIES[name] == language], 0)
            rows.append({"level": "language", "group": language, "language": "", "scores": own})
        everyone = np.mean(list(scores.values()), axis=0)
        rows.append({"level": "global", "group": "all", "language": "", "scores": everyone})
        tables = [
            pd.DataFrame(
                {
                    "level": row["level"],
                    "group": row["group"],
                    "language": row["language"],
                    "question": self.codes,
                    "pro_score": row["scores"],
                }
            )
            for row in rows
        ]
        table = pd.concat(tables, ignore_index=True)
        variance = table["pro_score"] * (1 - table["pro_score"]) / INTERVIEW
        return table.assign(
            error=0.01,
            ci_low=np.nan,
            ci_high=np.nan,
            n=1000.0,
            n_eff=900.0,
            group_variance=variance,
            rules="declared",
            synthetic=True,
        )

    def survey_scores(self) -> pd.DataFrame:
        latent, generator = self.profiles(), np.random.default_rng([self.seed, 2])
        tables = []
        for model, follows in self.models.items():
            for language in sorted(set(COUNTRIES.values())):
                native = next(name for name in COUNTRIES if COUNTRIES[name] == language)
                country = native if follows == "native" else follows
                own = latent[country] if country else np.zeros(self.questions)
                level = 0.8 * latent[""] + self.strength * own
                level = level + self.noise * generator.normal(size=self.questions)
                tables.append(self._answer(model, language, stats.norm.cdf(0.8 * level), generator))
        return pd.concat(tables, ignore_index=True)

    def _answer(
        self, model: str, language: str, level: np.ndarray, generator: np.random.Generator
    ) -> pd.DataFrame:
        pro = generator.binomial(INTERVIEW, level[:, None], size=(len(level), self.responses))
        samples = np.tile(np.arange(self.responses), len(level))
        codes = np.repeat(self.codes, self.responses)
        return pd.DataFrame(
            {
                "model": model,
                "family": model[0],
                "elicitation": "open",
                "labeller": "judge",
                "language": language,
                "response_language": language,
                "question": codes,
                "prompt_id": [f"{code}-{n % 3}" for code, n in zip(codes, samples, strict=True)],
                "sample": samples,
                "country": "",
                "pro": pro.ravel(),
                "con": INTERVIEW - pro.ravel(),
                "neutral": 0,
                "pro_score": pro.ravel() / INTERVIEW,
            }
        )


def validate(name: str, table: pd.DataFrame) -> None:
    """Hold a table against the schema of that name."""
    places = cultural_schemas, answer_schemas, cultural_original_schemas
    next(getattr(place, name) for place in places if hasattr(place, name)).validate(table)
