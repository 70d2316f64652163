import logging

import pandas as pd
import pytest

from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.response_schemas import SurveyPrompts
from tests.pipelines.cultural.small_prompts import countries, templates, topics

COMBINATION = ["question", "template", "phrasing"]


def make(
    own_topics: pd.DataFrame | None = None,
    own_templates: pd.DataFrame | None = None,
    **settings: object,
) -> pd.DataFrame:
    return make_prompts(
        templates() if own_templates is None else own_templates,
        topics() if own_topics is None else own_topics,
        countries(),
        SurveyPromptParameters.model_validate(settings),
    )


def test_all_combinations_in_all_languages() -> None:
    table = SurveyPrompts.validate(make())
    assert len(table) == 2 * 2 * 2 * 3
    row = table[(table["question"] == "f121") & (table["language"] == "deu")].iloc[0]
    assert row["text"] == f"{row['template']} in deu about {row['topic']}.\nWrite ten."
    assert row["document"].endswith(f"about {row['topic']}.\n\n1.")
    assert (row["country"], row["wording"], row["expected"]) == ("", "written", 10)


def test_draw_is_balanced_by_question_and_parallel_in_languages() -> None:
    table = make(per_question=2, seed=3)
    assert table.groupby(["question", "language"]).size().tolist() == [2] * 4
    per_language = [
        set(map(tuple, own[COMBINATION].to_numpy().tolist()))
        for _, own in table.groupby("language")
    ]
    assert per_language[0] == per_language[1]
    assert table.groupby(["question", "language"])["template"].nunique().tolist() == [2] * 4
    pd.testing.assert_frame_equal(table, make(per_question=2, seed=3))
    assert set(make(per_question=2, seed=4)["prompt_id"]) != set(table["prompt_id"])


def test_more_questions_languages_and_prompts_keep_those_that_were_there() -> None:
    codes = ("eng", "deu", "swh")
    more = make(
        topics("d059", "f120", "f121", languages=codes),
        templates(languages=codes),
        per_question=3,
    )
    assert set(make(per_question=2)["prompt_id"]) < set(more["prompt_id"])


def test_missing_translations_are_named() -> None:
    lacking = topics().drop(index=[3, 4, 9])
    with pytest.raises(PromptTableError) as caught:
        make(lacking)
    assert "Topic f120 is missing in deu (phrasing 1 2)." in str(caught.value)
    assert "Topic f121 is missing in deu (phrasing 1)." in str(caught.value)
    with pytest.raises(PromptTableError, match="Template letters is missing in deu"):
        make(own_templates=templates().iloc[:3])


def test_topics_in_a_language_without_templates_are_not_passed_over() -> None:
    with pytest.raises(PromptTableError, match="Template panel is missing in swh"):
        make(topics(languages=("eng", "deu", "swh")))
    more = make(topics(languages=("eng", "deu", "swh")), languages="eng deu")
    assert set(more["prompt_id"]) == set(make()["prompt_id"])


def test_missing_translations_can_be_left_out_in_all_languages(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lacking = topics().drop(index=[3, 4])
    with caplog.at_level(logging.WARNING):
        table = make(lacking, incomplete="leave_out")
    assert "Topic f120 is missing in deu (phrasing 1 2)." in caplog.text
    assert set(table.loc[table["question"] == "f120", "phrasing"]) == {3}
    # Every question keeps as many as the one with fewest.
    assert table.groupby(["question", "language"]).size().tolist() == [2] * 4
    with pytest.raises(PromptTableError, match="f120 has no template and phrasing"):
        make(topics().drop(index=[3, 4, 5]), incomplete="leave_out")


def test_countries_are_named_in_the_language_of_the_prompt() -> None:
    table = make(per_question=2, countries="none congruent incongruent")
    SurveyPrompts.validate(table)
    assert len(table) == 3 * 8
    assert table["prompt_id"].is_unique
    german = table[(table["language"] == "deu") & table["congruent"].fillna(False)]
    assert set(german["country"]) == {"DE"}
    assert german["text"].str.contains("\nSie leben in Deutschland.\n").all()
    assert german["document"].str.contains("\nSie leben in Deutschland.\n").all()
    english = table[(table["language"] == "eng") & table["congruent"].notna()]
    assert set(english.loc[english["congruent"].astype(bool), "country"]) == {"GB", "US"}
    assert set(english.loc[~english["congruent"].astype(bool), "country"]) == {"DE"}
    per_kind = table.assign(kind=table["congruent"].astype(str)).groupby(["kind", "language"])
    combinations = [sorted(map(tuple, own[COMBINATION].to_numpy().tolist())) for _, own in per_kind]
    assert all(one == combinations[0] for one in combinations)


def test_template_without_a_line_for_the_country_is_refused() -> None:
    bare = templates()
    bare["document"] = bare["document"].str.replace("{country}\n", "", regex=False)
    assert len(make(own_templates=bare)) == 24
    with pytest.raises(PromptTableError, match="has no line {country} in its document"):
        make(own_templates=bare, countries="congruent")


def test_more_than_there_are_are_refused() -> None:
    with pytest.raises(PromptTableError, match="per_question is 7, and one question has only 6"):
        make(per_question=7)


def test_machine_wording_of_either_part_shows() -> None:
    own = topics()
    own["wording"] = ["machine", *["written"] * 11]
    table = make(own)
    machine = table[table["wording"] == "machine"]
    assert set(machine["topic"]) == {"f120 1 eng"}
    assert len(machine) == 2


def test_choices_are_checked() -> None:
    assert set(make(languages="deu", questions="f121", templates="panel")["question"]) == {"f121"}
    with pytest.raises(PromptTableError, match=r"survey_prompts.languages names 'ger'.*deu"):
        make(languages="eng ger")
