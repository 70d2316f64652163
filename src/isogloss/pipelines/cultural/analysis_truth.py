"""What people answered: profiles of countries, of languages and of all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from isogloss.errors import Refusal, suggest
from isogloss.pipelines.cultural.analysis_parameters import AUTOMATIC
from isogloss.pipelines.cultural.analysis_voices import INTERVIEW
from isogloss.statistics.profile_agreement import mean_of_others

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters

Floats = NDArray[np.float64]

COUNTRY, LANGUAGE, GLOBAL = "country", "language", "global"
LEVELS = (COUNTRY, LANGUAGE, GLOBAL)
UNITED_STATES = "US"
UNLISTED = "unlisted"
"""Battery of the questions that `survey_questions` does not hold."""


@dataclass(frozen=True)
class Groups:
    """Profiles of the groups of one level.

    Attributes:
        level: country, language or global.
        names: codes of the groups, sorted.
        languages: main language of each country, the language itself, or nothing.
        questions: codes of the questions, sorted.
        scores: float64 [groups, questions], pro scores; NaN where a group has none.
        others: float64 [groups, questions], mean of the other groups that have one; None without
            others.
        errors: float64 [groups, questions], of the scores; NaN where they are not known.
        variances: float64 [groups, questions], sampling variance of the score of one respondent
            who takes a side, that of n being a share of 1 / n; NaN where it is not known.
        synthetic: whether any of the scores is made up.
    """

    level: str
    names: tuple[str, ...]
    languages: tuple[str, ...]
    questions: tuple[str, ...]
    scores: Floats
    others: Floats | None
    errors: Floats
    variances: Floats
    synthetic: bool

    def speaking(self, language: str) -> NDArray[np.bool_]:
        """Tell the groups whose language it is, bool [groups]."""
        return np.array([own == language for own in self.languages], np.bool_)

    def number(self, name: str) -> int:
        """Give the number of a group."""
        return self.names.index(name)


def read_groups(truth: pd.DataFrame, level: str, questions: Sequence[str]) -> Groups:
    """Read the profiles of one level off `survey_ground_truth`.

    Args:
        truth: the table.
        level: country, language or global.
        questions: codes of the questions to read.

    Raises:
        Refusal: if a group has two scores of a question.
    """
    codes = sorted(questions)
    rows = truth[(truth["level"] == level) & truth["question"].isin(codes)]
    rows = rows[rows["pro_score"].notna()]
    twice = rows[rows.duplicated(["group", "question"])]
    if len(twice):
        first = twice.iloc[0]
        raise Refusal(
            f"survey_ground_truth holds {level} {first['group']} twice on {first['question']} "
            f"({len(twice)} such rows). Keep one row a level, group and question."
        )
    names = sorted(rows["group"].unique())

    def wide(column: str) -> Floats:
        if column not in rows:
            return np.full((len(names), len(codes)), np.nan)
        table = rows.pivot(index="group", columns="question", values=column)
        return table.reindex(index=names, columns=codes).to_numpy(np.float64)

    scores = wide("pro_score")
    languages = rows.drop_duplicates("group").set_index("group")["language"]
    return Groups(
        level,
        tuple(names),
        tuple(names if level == LANGUAGE else (str(languages[name]) for name in names)),
        tuple(codes),
        scores,
        mean_of_others(scores) if len(names) > 1 else None,
        wide("error"),
        wide("group_variance") / _expect_share(wide("group_size"), wide("neutral_share")),
        bool(rows["synthetic"].any()),
    )


def _expect_share(sizes: Floats, neutral: Floats) -> Floats:
    """Give E[1 / k] of the k of some respondents who take a side, at least one of them.

    Each is neutral with the same chance, so that k is binomial. A truth that tells neither was
    simulated with ten, all of whom take a side.
    """
    size = np.where(np.isnan(sizes), INTERVIEW, sizes)[..., None]
    k = np.arange(1, int(size.max(initial=1)) + 1)
    mass = np.asarray(scipy.stats.binom.pmf(k, size, 1 - np.nan_to_num(neutral)[..., None]))
    total = mass.sum(axis=-1)
    none = np.full_like(total, np.nan)
    return np.asarray(np.divide((mass / k).sum(axis=-1), total, out=none, where=total > 0))


def native_languages(truth: pd.DataFrame) -> pd.Series[str]:
    """Give the main language of every country."""
    countries = truth[truth["level"] == COUNTRY].drop_duplicates("group")
    return countries.set_index("group")["language"]


def require_reference(truth: pd.DataFrame, parameters: AnalysisParameters) -> None:
    """Check that the truth has the country that native ones are to be compared with.

    Raises:
        Refusal: if it was named and there is none; says which there are.
    """
    there = native_languages(truth).index
    if parameters.reference not in (AUTOMATIC, *there):
        raise Refusal(
            f"cultural_analysis.reference: survey_ground_truth has no country "
            f"'{parameters.reference}'.{suggest(parameters.reference, there)} There are: "
            f"{' '.join(there)}; {AUTOMATIC} takes {UNITED_STATES} or a country of the pivot."
        )


def choose_reference(truth: pd.DataFrame, parameters: AnalysisParameters) -> str:
    """Name the country that native ones are compared with.

    Raises:
        Refusal: if the truth has no such country.
    """
    require_reference(truth, parameters)
    natives = native_languages(truth)
    if parameters.reference != AUTOMATIC:
        return parameters.reference
    if UNITED_STATES in natives.index:
        return UNITED_STATES
    speaking = sorted(natives.index[natives == parameters.pivot])
    if not speaking:
        raise Refusal(
            f"No country of survey_ground_truth speaks the pivot '{parameters.pivot}', so that "
            "none is the reference. Name one: --params cultural_analysis.reference=CODE."
        )
    return str(speaking[0])


def common_questions(levels: Sequence[Groups], tell: Callable[[str], None]) -> NDArray[np.bool_]:
    """Find the questions that every group of every level has.

    Args:
        levels: on the same questions.
        tell: is given the questions that fall out, and which groups lack them.

    Returns:
        bool [questions].
    """
    lacking: dict[str, list[str]] = {}
    for groups in levels:
        for row, column in zip(*np.nonzero(np.isnan(groups.scores)), strict=True):
            lacking.setdefault(groups.questions[column], []).append(groups.names[row])
    if lacking:
        named = (f"{code}: no {' '.join(names)}" for code, names in sorted(lacking.items()))
        tell(
            f"{len(lacking)} of {len(levels[0].questions)} questions are not used, as some groups "
            f"lack them ({'; '.join(named)}); cultural_analysis.questions=pairwise uses what each "
            "pair has."
        )
    return np.array([code not in lacking for code in levels[0].questions], np.bool_)


def batteries_of(questions: Sequence[str], survey_questions: pd.DataFrame) -> NDArray[np.str_]:
    """Give the battery of every question, in which answers go together.

    Args:
        questions: their codes.
        survey_questions: question, battery.
    """
    known = survey_questions.set_index("question")["battery"]
    found = [str(known[code]) if code in known.index else UNLISTED for code in questions]
    return np.array(found, np.str_)
