from __future__ import annotations

import json
from itertools import product
from typing import Any

import pandas as pd
import pytest

from isogloss.figures.culture_study import SYNTHETIC as WATERMARK
from isogloss.pipelines.reporting.claim_rows import judge_claims
from isogloss.pipelines.reporting.claim_studies import claim_culture
from isogloss.pipelines.reporting.claim_summary import NOTHING, summarise
from isogloss.pipelines.reporting.claim_told import Names
from isogloss.pipelines.reporting.claim_wording import WORDS, render, render_all
from isogloss.pipelines.reporting.report.first_screen import list_points
from isogloss.scoreboard_columns import (
    DIFFERS,
    NOT_SEPARABLE,
    NOT_TESTED,
    SHOWN,
    SYNTHETIC,
    WORDINGS,
)
from tests.pipelines.reporting.simulated_reports import simulate
from tests.scoreboard_tables import CLAIM, QUESTION, rows

NAMES = Names({"m0": "Gemma, 4-bit"}, {"deu": "German", "eng": "English", "fra": "French"})
COMMON: dict[str, Any] = {
    "metric": "mexa_at_60", "pivot": "eng", "data": "{n} sentences of the corpus", "above": ["deu"],
    "of": 3, "layer": 2, "layer_first": 1, "layer_last": 3, "pairs": 3, "languages": 3, "items": 40,
    "tied_with_best": ["fra"], "tied_with_worst": [], "highest": ["deu", 0.5, 0.4, 0.6, 0.25],
    "compared": "guessing", "tied": [2, 3], "layers": 17, "counted": 13,
    "cautions": "one seed", "recipe": "average", "survey": "joint", "country": "US", "lists": 40,
    "lowest": -0.1, "conformist": 0.05, "accuracy": [0.5, 0.4, 0.6], "outcome": "log_odds",
    "baselines": {"constant": 0.2, "length": 0.1}, "named": "first", "separators": "usual",
    "remark": "no total effect to mediate", "level": 1, "estimate_name": "Spearman rho",
    "needed_r": 0.5, "reason": "n = 7", "covariates": "", "proxy": False,
}  # fmt: skip


def claim(subject: str, wording: str, **changes: Any) -> dict[str, Any]:
    further = {**COMMON, **changes.pop("further", {})}
    if subject == "distinctive_agreement":
        further["highest"] = 0.4
    return {**CLAIM, "subject": subject, "wording": wording, "language": "deu", "model": "m0",
            "reference": "fra", "further": json.dumps(further), **changes}  # fmt: skip


@pytest.mark.parametrize(("subject", "wording"), list(product(WORDS, WORDINGS)))
def test_every_subject_with_every_word_is_one_sentence(subject: str, wording: str) -> None:
    text = render(claim(subject, wording), NAMES)
    assert text.endswith(".")
    assert "nan" not in text
    assert "{'" not in text
    assert "Gemma, 4-bit" in text
    assert text[0].isupper()


@pytest.mark.parametrize("subject", sorted(set(WORDS) - {"synthetic_survey"}))
def test_only_what_differs_is_told_to_differ(subject: str) -> None:
    told = {render(claim(subject, word), NAMES) for word in (NOT_SEPARABLE, NOT_TESTED, SHOWN)}
    difference = render(claim(subject, DIFFERS), NAMES)
    if subject not in ("best_layer", "distinctive_agreement"):
        assert difference not in told
    hedges = ("not ", "No ", "no ", "cannot", "In no ", "is highest in layer")
    assert all(any(hedge in text for hedge in hedges) for text in told)


def test_sentences_state_n_unit_and_interval() -> None:
    text = render(claim("languages_above_guessing", DIFFERS), NAMES)
    assert text == (
        "Reading: Gemma, 4-bit answers above chance in 1 of 3 languages, namely German .50 "
        "[.40, .60] (guessing .25; n = 40 items in 100 passages, '{n} sentences of the corpus')."
    )


def test_reading_stands_beside_what_takes_no_reading() -> None:
    row = claim("languages_above_guessing", DIFFERS, further={"word_match": 0.2772})
    assert "(guessing .25; the option most like the passage .28; n = 40" in render(row, NAMES)


def test_a_single_language_is_named_and_not_counted() -> None:
    alone = {"of": 1}
    texts = {
        (subject, wording): render(claim(subject, wording, further=alone), NAMES)
        for subject in (
            *("languages_above_guessing", "languages_above_pairing", "translations_above_floor"),
        )
        for wording in (DIFFERS, NOT_SEPARABLE)
    }
    assert not [text for text in texts.values() if "1 of 1" in text or "any of 1" in text]
    assert not [text for text in texts.values() if "among them" in text or "the clearest" in text]
    assert "above chance in German: .50 [.40" in texts["languages_above_guessing", DIFFERS]
    assert "aligns German with English above chance" in texts["languages_above_pairing", DIFFERS]
    assert "than to others from German: " in texts["translations_above_floor", DIFFERS]
    assert (
        "from guessing in German; it gets .50" in texts["languages_above_guessing", NOT_SEPARABLE]
    )
    two = {"above": ["deu", "fra"]}
    text = render(claim("languages_above_guessing", DIFFERS, further=two), NAMES)
    assert "in 2 of 3 languages, among them German .50" in text
    counted = render(claim("counting_above_baseline", DIFFERS, further={"languages": 1}), NAMES)
    assert "lists in 1 language)" in counted


def test_what_is_not_above_chance_is_called_so() -> None:
    text = render(claim("languages_above_guessing", NOT_SEPARABLE, unit="items"), NAMES)
    assert "is not above chance: 40 items cannot distinguish it from guessing in any of 3" in text
    assert "highest is German .50 [.40, .60]" in text


def test_alignment_says_what_the_sentences_are_and_what_chance_is() -> None:
    text = render(claim("languages_above_pairing", DIFFERS, null=0.008, n=60), NAMES)
    assert "(chance .008; n = 60 sentences of the corpus)" in text
    assert "1 of 3 other languages with English above chance and a random pairing of the" in text
    many = render(claim("languages_above_pairing", DIFFERS, null=0.008, n=1012), NAMES)
    assert "(chance .008; n = 1,012 sentences of the corpus)" in many


def test_a_metric_that_is_not_permuted_stands_without_its_chance() -> None:
    row = claim("languages_above_pairing", NOT_SEPARABLE, null=0.5, further={"metric": "auc"})
    for text in (render(row, NAMES), summarise(pd.DataFrame([row]), NAMES)):
        assert "tested by MEXA" in text
        assert "chance .5" not in text
    told = render({**row, "wording": DIFFERS}, NAMES)
    assert "AUC, .50 [.40, .60] (tested by MEXA; " in told


def test_merging_says_its_cautions_and_the_direction() -> None:
    more = render(claim("merge_synergy", DIFFERS, unit="locales"), NAMES)
    less = render(claim("merge_synergy", DIFFERS, estimate=-0.2, ci_low=-0.3, ci_high=-0.1), NAMES)
    assert "get more intents right" in more
    assert "one seed" in more
    assert "get fewer intents right" in less


def test_counting_says_all_baselines_beside_the_accuracy() -> None:
    text = render(claim("counting_above_baseline", NOT_SEPARABLE, reference="constant"), NAMES)
    assert "not above the baselines" in text
    assert "one constant answer .20, a line through lengths .10" in text
    below = render(
        claim("counting_above_baseline", DIFFERS, estimate=-0.2, ci_low=-0.3, ci_high=-0.1), NAMES
    )
    assert "more often" not in below


def test_a_made_up_survey_says_so_in_the_sentence_and_gives_no_agreement() -> None:
    answers = pd.DataFrame({"model": "m0", "family": "f", "language": ["deu", "fra", "fra"]})
    truth = pd.DataFrame({"synthetic": [True]})
    nothing = pd.DataFrame()
    part = claim_culture(answers, truth, nothing, nothing, "synthetic", 0.95)
    [row] = judge_claims([part]).to_dict("records")
    assert (row["wording"], row["n"]) == (SYNTHETIC, 3)
    assert pd.isna(row["estimate"])
    text = render(row, NAMES)
    assert text.startswith("SYNTHETIC")
    assert WATERMARK.partition(", ")[2].rstrip(".") in text


def test_across_studies_nothing_is_because_of_anything() -> None:
    question = rows(QUESTION).to_dict("records")[0]
    told = render(
        claim("association", DIFFERS, reference=question["predictor"],
              further={"outcome": "reading"}), NAMES,
    )  # fmt: skip
    assert "positively associated with reading" in told
    assert "because" not in told
    closed = render(claim("association", NOT_TESTED, reference="mexa_at_60"), NAMES)
    assert closed.endswith("not testable here: n = 7.")


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    [parts] = simulate(1, 4, shuffled=False)
    return judge_claims(parts)


@pytest.fixture(scope="module")
def nothing() -> pd.DataFrame:
    [parts] = simulate(1, 5, shuffled=True)
    return judge_claims(parts)


def test_the_paragraph_keeps_to_its_length_and_counts_the_rest(planted: pd.DataFrame) -> None:
    differs = planted[(planted["wording"] == DIFFERS)]
    text = summarise(planted, NAMES, 4)
    rest = f"The claims state {len(differs) - 4} further differences."
    points = list_points(text, [], "")[0].points
    assert [[part.text for part in point] for point in points[4:]] == [[rest]]
    everything = summarise(planted, NAMES, 40)
    for row in differs.to_dict("records"):
        assert render(row, NAMES) in everything


def test_the_paragraph_says_each_study_before_a_second_of_any(planted: pd.DataFrame) -> None:
    text = summarise(planted, NAMES, 40)
    order = [text.find(word) for word in ("aligns 3 of 3", "Reading:", "Knowledge:", "Mediation")]
    assert -1 not in order
    assert order == sorted(order)


def test_where_nothing_differs_the_paragraph_says_so_with_every_number(
    nothing: pd.DataFrame,
) -> None:
    assert (nothing["wording"] != DIFFERS).all()
    text = summarise(nothing, NAMES)
    assert text.startswith("Nothing that was tested differs.")
    assert "with all 15 tested claims of this report counted: of Gemma, 4-bit, alignment," in text
    assert text.count("n = ") >= 9
    assert "(always the same letter): " in text
    assert "knowledge, not above .25 (guessing):" in text


def judged(*changes: dict[str, Any]) -> pd.DataFrame:
    claims = [claim(**{"wording": NOT_SEPARABLE, **change}) for change in changes]
    return pd.DataFrame(claims)


def test_an_effect_behind_a_closed_gate_is_told_from_0_in_the_paragraph() -> None:
    effect = {"subject": "total_effect", "study": "mediation", "gate": "closed", "null": 0.0,
              "unit": "categories", "estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5}  # fmt: skip
    text = summarise(judged({**effect}), NAMES)
    assert "Told from 0, but no more is made of it: of Gemma, 4-bit, mediation, total" in text
    assert "+1.00 [.50, 1.50]" in text
    assert "not shared out: no total effect to mediate." in text
    assert "Not told from" not in text
    assert "told from 0, but not shared out" in render(judged({**effect}).iloc[0].to_dict(), NAMES)
    vague = {**effect, "ci_low": -0.5, "p_adjusted": 0.3}
    assert "Not told from chance, a baseline or 0" in summarise(judged(vague), NAMES)
    assert "Told from 0" not in summarise(judged(vague), NAMES)


def test_the_paragraph_leaves_out_no_association_and_no_outcome() -> None:
    shared = {"subject": "association", "study": "cross-study", "null": 0.0, "p_adjusted": 0.4}
    effect = {"subject": "total_effect", "study": "mediation", "null": 0.0, "p_adjusted": 0.4}
    text = summarise(
        judged(
            *({**shared, "further": {"outcome": name}} for name in ("reading", "counting")),
            *({**effect, "further": {"outcome": name}} for name in ("log_odds", "expected_count")),
        ),
        NAMES,
    )
    for words in ("alignment with reading", "alignment with counting", "(log-odds", "(expected"):
        assert words in text


def test_what_is_not_told_apart_has_its_p_and_the_number_of_tests() -> None:
    row = judged({"subject": "best_against_worst", "p": 0.006, "p_adjusted": 0.066}).iloc[0]
    text = render(row.to_dict(), NAMES)
    assert "p = .006, adjusted .066 with all 13 tested claims counted" in text
    decided = judged({"subject": "best_against_worst", "ci_low": 0.2, "p_adjusted": 0.01}).iloc[0]
    assert "adjusted .010, but the interval includes .25" in render(decided.to_dict(), NAMES)


@pytest.mark.parametrize("subject", ["languages_above_guessing", "translations_above_floor"])
def test_what_no_outcome_could_have_shown_is_not_testable(subject: str) -> None:
    beyond = {"subject": subject, "study": "translation", "n": 4, "p": 0.03, "p_adjusted": 0.22,
              "further": {"out_of_reach": True, "items": 4}}  # fmt: skip
    sentence = render(judged({**beyond}).iloc[0].to_dict(), NAMES)
    assert "not testable here: n = 4" in sentence
    assert "cannot pass with 13 tested claims counted" in sentence
    assert "cannot distinguish" not in sentence
    text = summarise(judged({**beyond}), NAMES)
    assert "(n = 4 passages; one seed; p = .030, adjusted .220; not testable, as no outcome" in text


def test_layers_that_are_tied_with_the_best_are_named() -> None:
    def layers(*tied: int) -> str:
        return render(claim("best_layer", SHOWN, further={"tied": tied, "layers": 3}), NAMES)

    assert layers().startswith("Alignment of Gemma, 4-bit is highest in layer 2 of 1 to 3: ")
    assert "layer 2 of 1 to 3, tied with 3: " in layers(3)
    assert "no layer stands out: all of 1 to 3 are tied with it" in layers(1, 3)


def test_an_interval_that_excludes_chance_is_written_so() -> None:
    row = claim("merge_synergy", DIFFERS, estimate=0.012, ci_low=0.0041, ci_high=0.02, null=0.0)
    assert "+.012 [.004, .020]" in render(row, NAMES)
    row = claim("languages_above_guessing", DIFFERS, null=0.25, ci_low=0.2512, ci_high=0.6)
    assert "[.251, .600] (guessing .25;" in render(row, NAMES)
    touching = claim("merge_synergy", NOT_SEPARABLE, ci_low=0.0, null=0.0)
    assert "[.00, .60]" in render(touching, NAMES)


def test_no_study_yet() -> None:
    assert summarise(pd.DataFrame(), NAMES) == NOTHING


def test_all_claims_in_their_order(planted: pd.DataFrame) -> None:
    assert len(render_all(planted, NAMES)) == len(planted)
