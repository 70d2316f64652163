"""What can be set in the ground truth of a survey."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt, model_validator

from isogloss.pipelines.cultural.survey_questions import NEUTRAL_AS_CON
from isogloss.word_list import WordList

Rules = Literal["declared", "original"]


class SurveyColumns(BaseModel, frozen=True, extra="forbid"):
    """What the columns of a survey file are called; upper and lower case make no difference.

    Attributes:
        country: code of the country.
        language: code of the language of the interview.
        weights: the product of these weighs a respondent; none: all alike.
        strata: of the sample within a country; a column that the file lacks is left out.
        cluster: primary sampling unit within a stratum; empty: every respondent is one.
    """

    country: str = "cntry_AN"
    language: str = "lnge_iso"
    weights: WordList[str] = ("gwght", "pwght")
    strata: WordList[str] = ("study",)
    cluster: str = ""


class GroupParameters(BaseModel, frozen=True, extra="forbid"):
    """How the score of a few respondents is simulated.

    Attributes:
        size: respondents in a group, as many as a model is asked to make up.
        draw: `by_weight`: each as often as people like them live in the country, with a plain
            score: what a few citizens met by chance would say; `alike`: whatever they weigh, which
            then counts in the score, as in the original; `auto`: alike with the rules of the
            original, else by weight.
        rounds: groups that are drawn; 0 simulates none.
        seed: of the draws.
    """

    size: Annotated[int, Field(ge=1)] = 10
    draw: Literal["auto", "by_weight", "alike"] = "auto"
    rounds: Annotated[int, Field(ge=0)] = 1000
    seed: NonNegativeInt = 0

    @model_validator(mode="after")
    def _enough_rounds(self) -> GroupParameters:
        if 0 < self.rounds < 100:
            raise ValueError("a variance takes at least 100 rounds; 0 leaves it out")
        return self


class SurveyParameters(BaseModel, frozen=True, extra="forbid"):
    """Which survey the ground truth comes from, and how scores are made of its answers.

    Attributes:
        source: the catalog has an entry `<source>_survey`.
        questions: keys from `survey_questions`, or `all` of them that the file has.
        countries: codes, or `all`.
        languages: of interviews that get scores of their own, or `all`; with names, only
            countries with one of these as main language are kept.
        rules: `declared`: the table `survey_questions` says which codes are pro and con;
            `original`: the published study's choice of questions and its rules, by highest code.
        neutral: what the declared neutral codes do: `leave_out`, as of a model's answers, or count
            as `con`.
        minimum_respondents: a group with fewer answers to a question gets no score.
        confidence: of intervals.
        design_effect: times the variance, for clusters that the file does not tell of.
        group: the simulated groups of respondents.
        columns: names of columns.
        language_codes: code of the file, or code-COUNTRY -> language of this project, for codes
            that the table of languages does not settle.
    """

    source: str = "synthetic"
    questions: Annotated[WordList[str], Field(min_length=1)] = ("all",)
    countries: Annotated[WordList[str], Field(min_length=1)] = ("all",)
    languages: Annotated[WordList[str], Field(min_length=1)] = ("all",)
    rules: Rules = "declared"
    neutral: Literal["leave_out", "con"] = "leave_out"
    minimum_respondents: PositiveInt = 30
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    design_effect: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    group: GroupParameters = GroupParameters()
    columns: SurveyColumns = SurveyColumns()
    language_codes: dict[str, str] = Field(
        default_factory=lambda: {
            "zh": "zho_simpl",
            "zh-HK": "zho_trad",
            "zh-MO": "zho_trad",
            "zh-TW": "zho_trad",
            "no": "nob",
            "fil": "tgl",
        }
    )

    @property
    def rules_followed(self) -> str:
        """Name the rules with what they do to neutral answers, as the ground truth does."""
        return NEUTRAL_AS_CON if self.neutral == "con" and self.rules == "declared" else self.rules

    @property
    def drawn(self) -> GroupParameters:
        """Give the simulated groups, drawn as goes with the rules unless it is said how."""
        if self.group.draw != "auto":
            return self.group
        draw = "alike" if self.rules == "original" else "by_weight"
        return self.group.model_copy(update={"draw": draw})

    @model_validator(mode="after")
    def _original_has_its_own_choices(self) -> SurveyParameters:
        if self.rules == "original" and self.questions != ("all",):
            raise ValueError(
                "the original chooses its questions by itself: set questions to all, or rules to "
                "declared"
            )
        return self
