"""A made-up survey in the format of the joint EVS/WVS file, so that everything runs without it.

Its countries do not exist: their codes, XA and so on, are those that ISO 3166-1 leaves to users.
What is planted, on the scale of a latent opinion with standard deviation 1 between questions:

- a profile of the questions that all countries share, with 60 % of the variance;
- a profile of the language in which most of a country is interviewed, with 20 %;
- a profile of the country's own, with 20 %.

So the score of a question in a country is normal_cdf(0.8 latent) but for chance. The latent
opinions of two countries correlate at .6, those of two that are interviewed in one language at .8,
and their scores at a little less. `XA` and `XB` are mainly interviewed in English, `XD` and `XE` in
Spanish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.cultural.survey_questions import CON, NEUTRAL, PRO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.cultural.survey_questions import SurveyQuestion

RESPONDENTS = 180
"""In each country."""
SEED = 2502
SHARED, LANGUAGE, OWN = 0.6, 0.2, 0.2
"""Shares of the variance between the questions of a country."""
STRENGTH = 0.8
"""How far the latent opinion of a country moves its answers, in standard deviations of people."""
NEUTRAL_SHARE = 0.15
"""Of the answers to questions that have neutral codes."""
_NO_ANSWER = {-1: 0.03, -2: 0.02, -5: 0.002}
_NOT_ASKED = -4
_ZERO_SHARE = 0.02


class Country(NamedTuple):
    """A country that does not exist.

    Attributes:
        code: user-assigned code of ISO 3166-1.
        languages: ISO 639-1 code of the language of interview -> share of the respondents.
        adults: population over 18, in millions.
        study: 1 for EVS, 2 for WVS, 12 for both, half the respondents each.
        not_asked: questions that were not asked there.
    """

    code: str
    languages: dict[str, float]
    adults: float
    study: int
    not_asked: tuple[str, ...] = ()


COUNTRIES = (
    Country("XA", {"en": 1.0}, 210, 2, ("c001_01", "c002_01")),
    Country("XB", {"en": 0.85, "fr": 0.15}, 28, 2),
    Country("XC", {"de": 0.95, "ru": 0.05}, 61, 12),
    Country("XD", {"es": 0.9, "en": 0.1}, 35, 1),
    Country("XE", {"es": 1.0}, 90, 2),
    Country("XF", {"fr": 1.0}, 48, 1),
    Country("XG", {"ru": 0.9, "tr": 0.1}, 95, 2),
    Country("XH", {"tr": 1.0}, 58, 2),
    Country("XI", {"sw": 0.7, "en": 0.3}, 26, 2, ("f132",)),
    Country("XJ", {"zh": 1.0}, 800, 2, ("e265_01", "e069_20")),
)


def synthesise_survey(
    questions: Sequence[SurveyQuestion], respondents: int = RESPONDENTS, seed: int = SEED
) -> pd.DataFrame:
    """Make up answers to questions.

    Missing answers are coded as in the joint file: -1 (does not know), -2 (gave no answer), -4 (not
    asked) and -5 (other), and 0 where somebody says unasked that something is against democracy.

    Args:
        questions: with pro and con codes.
        respondents: in each country.
        seed: of all draws.

    Returns:
        study, uniqid, cntry_AN, lnge_iso, gwght, pwght, synthetic (1) and the questions in upper
        case, one row a respondent.
    """
    generator = np.random.default_rng(seed)
    mains = [max(country.languages, key=country.languages.__getitem__) for country in COUNTRIES]
    opinions = _opinions(generator, mains, len(questions))
    parts = []
    for number, country in enumerate(COUNTRIES):
        people = _people(generator, country, number, respondents)
        answers: dict[str, NDArray[np.int64]] = {}
        leaning = generator.normal(0, 0.5, respondents)
        for place, question in enumerate(questions):
            centre = STRENGTH * opinions[number, place]
            noise = np.sqrt(1 - 0.5**2) * generator.normal(size=respondents)
            codes = _answer(question, centre + leaning + noise, generator)
            answers[question.question.upper()] = _spoil(question, codes, country, generator)
        parts.append(pd.concat([people, pd.DataFrame(answers)], axis=1))
    return pd.concat(parts, ignore_index=True)


def _opinions(
    generator: np.random.Generator, mains: Sequence[str], questions: int
) -> NDArray[np.float64]:
    """Draw the latent opinion of every country on every question: [countries, questions]."""
    shared = generator.normal(size=questions)
    own = generator.normal(size=(len(mains), questions))
    spoken = {language: generator.normal(size=questions) for language in dict.fromkeys(mains)}
    by_language = np.stack([spoken[language] for language in mains])
    return np.asarray(
        np.sqrt(SHARED) * shared + np.sqrt(LANGUAGE) * by_language + np.sqrt(OWN) * own
    )


def _people(
    generator: np.random.Generator, country: Country, number: int, respondents: int
) -> pd.DataFrame:
    codes, shares = zip(*country.languages.items(), strict=True)
    weights = generator.lognormal(0, 0.35, respondents)
    both = np.where(np.arange(respondents) < respondents // 2, 1, 2)
    study = both if country.study == 12 else np.full(respondents, country.study)
    # As in the joint file: adults over 10,000 times the sample, by survey where there were two.
    sizes = np.array([(study == one).sum() for one in study])
    return pd.DataFrame(
        {
            "study": study,
            "uniqid": 990_000_000 + number * 10_000 + np.arange(1, respondents + 1),
            "cntry_AN": country.code,
            "lnge_iso": generator.choice(codes, respondents, p=shares),
            "gwght": np.round(weights / weights.mean(), 4),
            "pwght": np.round(country.adults * 1e6 / (sizes * 10_000), 4),
            "synthetic": 1,
        }
    )


def _answer(
    question: SurveyQuestion, opinion: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.int64]:
    """Turn opinions into codes: the stronger, the further from the middle of the scale."""
    sides = {
        side: [code for code in question.codes if question.sides[code] == side]
        for side in (PRO, CON, NEUTRAL)
    }
    pro, con, neutral = sides[PRO], sides[CON], sides[NEUTRAL]
    low_is_pro = max(pro) < min(con)
    # From the mildest to the strongest answer of each side.
    for_it = np.array(sorted(pro, reverse=low_is_pro))
    against = np.array(sorted(con, reverse=not low_is_pro))
    strength = 2 * scipy.stats.norm.cdf(np.abs(opinion)) - 1
    codes = np.where(
        opinion > 0,
        for_it[np.minimum((strength * len(for_it)).astype(int), len(for_it) - 1)],
        against[np.minimum((strength * len(against)).astype(int), len(against) - 1)],
    )
    if neutral:
        undecided = generator.random(len(codes)) < NEUTRAL_SHARE
        codes = np.where(undecided, generator.choice(neutral, len(codes)), codes)
    return np.asarray(codes)


def _spoil(
    question: SurveyQuestion,
    codes: NDArray[np.int64],
    country: Country,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    if question.question in country.not_asked:
        return np.full(len(codes), _NOT_ASKED)
    kinds = dict(_NO_ANSWER)
    if question.question.startswith(("e22", "e233")):
        kinds[0] = _ZERO_SHARE
    draws, spoilt = generator.random(len(codes)), codes
    for code, share in kinds.items():
        spoilt = np.where((draws >= 0) & (draws < share), code, spoilt)
        draws = draws - share
    return np.asarray(spoilt)
