from __future__ import annotations

import pandas as pd

from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.wording import describe

PARAMETERS = ReportingParameters(
    model_labels={"gemma_270m_q4": "Gemma 3 270M, 4-bit (Q4_K_M)"},
    corpora={"sample": "{n} sentences written for this project, not by native speakers"},
)
LANGUAGES = pd.DataFrame(
    {
        "language": ["eng", "deu", "fra", "spa", "swh"],
        "name": ["English", "German", "French", "Spanish", "Swahili"],
    }
)


def ranking(best: list[bool], worst: list[bool]) -> pd.DataFrame:
    score = [0.91, 0.88, 0.42, 0.02]
    return pd.DataFrame(
        {
            "model": "gemma_270m_q4",
            "pooling": "mean",
            "metric": "mexa_at_60",
            "pivot": "eng",
            "language": ["deu", "fra", "spa", "swh"],
            "score": score,
            "ci_low": [0.81, 0.78, 0.3, 0.0],
            "ci_high": [0.97, 0.95, 0.54, 0.06],
            "n": 60,
            "samples": 1,
            "chance": 1 / 119,
            "n_pool": 60,
            "confidence": 0.95,
            "floor": 0.0004,
            "above_random_pairing": [True, True, True, False],
            "layer_first": 1,
            "layer_last": 17,
            "rank": [1, 2, 3, 4],
            "tied_with_best": best,
            "tied_with_worst": worst,
        }
    )


OVERVIEW = pd.DataFrame(
    {
        "model": "gemma_270m_q4",
        "pooling": "mean",
        "metric": "mexa_at_60",
        "layer": range(8),
        "selected": [layer == 5 for layer in range(8)],
        "tied_with_selected": [layer in (2, 4, 5, 6) for layer in range(8)],
        "held_out_score": [0.71 if layer == 5 else float("nan") for layer in range(8)],
        "held_out_ci_low": [0.64 if layer == 5 else float("nan") for layer in range(8)],
        "held_out_ci_high": [0.78 if layer == 5 else float("nan") for layer in range(8)],
        "pairs": 10,
        "n": 60,
        "layer_first": 1,
        "layer_last": 6,
    }
)


def test_the_whole_text() -> None:
    rows = ranking([True, True, False, False], [False, False, False, True])
    assert describe(OVERVIEW, rows, LANGUAGES, "sample", PARAMETERS) == (
        "Alignment with English (MEXA, pool of 60, mean of tokens)\n"
        "60 sentences written for this project, not by native speakers; pool 60, chance .008; "
        "languages whose paired interval includes 0 are listed as tied\n"
        "\n"
        "Gemma 3 270M, 4-bit (Q4_K_M)\n"
        "  best layer   5 of 1 to 6: .71 [.64, .78] mean of 10 pairs, n = 30 of 60 "
        "(chosen on every other sentence, measured on the rest); tied with it: 2, 4, 6\n"
        "  best         German .91 [.81, .97], layers 1 to 17, n = 60; tied with it: French\n"
        "  worst        Swahili .02 [.00, .06], layers 1 to 17, n = 60; "
        "not told from a random pairing\n"
        "\n"
        "Brackets: 95% intervals over sentences. Paired intervals hold for all pairs of languages "
        "(or layers) of a model at once."
    )


def test_nothing_is_claimed_when_all_are_tied() -> None:
    text = describe(OVERVIEW, ranking([True] * 4, [True] * 4), LANGUAGES, "sample", PARAMETERS)
    assert text.splitlines()[5:7] == [
        "  no language can be told from the best or from the worst: scores .02 to .91, "
        "layers 1 to 17, n = 60",
        "  above chance and a random pairing (permutation test, all 4 languages at once): "
        "German .91 [.81, .97], French .88 [.78, .95], Spanish .42 [.30, .54]",
    ]
    assert "tied with it: French" not in text
    assert "  best  " not in text
    assert "  worst" not in text


def test_thousands_of_sentences_are_written_alike_everywhere() -> None:
    rows = ranking([True, False, False, False], [False, False, False, True]).assign(n=1012)
    text = describe(OVERVIEW.assign(n=1012), rows, LANGUAGES, "sample", PARAMETERS)
    assert "\n1,012 sentences written" in text
    assert "n = 506 of 1,012 (chosen" in text
    assert "layers 1 to 17, n = 1,012;" in text
    assert "1012" not in text


def test_no_language_told_from_a_random_pairing_is_said_once() -> None:
    line = "  no language can be told from a random pairing of the sentences"
    rows = ranking([True] * 4, [True] * 4).assign(above_random_pairing=False)
    assert describe(OVERVIEW, rows, LANGUAGES, "sample", PARAMETERS).count("random pairing") == 1
    differing = ranking([True, True, False, False], [False, False, False, True])
    differing = differing.assign(above_random_pairing=False)
    text = describe(OVERVIEW, differing, LANGUAGES, "sample", PARAMETERS)
    assert f"{line}\n" in text
    assert text.count("random pairing") == 1


def test_a_language_at_chance_is_not_above_it_whatever_random_pairings_find() -> None:
    rows = ranking([True, True, False, False], [False, False, False, True])
    told = rows.assign(above_random_pairing=True)
    text = describe(OVERVIEW, told, LANGUAGES, "sample", PARAMETERS)
    assert "Swahili .02 [.00, .06], layers 1 to 17, n = 60; not told from chance\n" in text
    low = told.assign(ci_low=0.0)
    text = describe(OVERVIEW, low, LANGUAGES, "sample", PARAMETERS)
    assert text.count("told from chance") == 1
    assert "  no language can be told from chance\n" in text


def test_chance_is_named_where_it_is_known() -> None:
    rows = ranking([True, True, False, False], [False, False, False, True])
    rows = rows.assign(metric="retrieval", chance=0.5, n_pool=1019)
    text = describe(OVERVIEW, rows, LANGUAGES, "sample", PARAMETERS)
    assert "pool 1019, chance .5; languages" in text
    text = describe(OVERVIEW, rows.assign(chance=float("nan")), LANGUAGES, "sample", PARAMETERS)
    assert "pool 1019; languages" in text


def test_brackets_are_called_by_their_confidence() -> None:
    rows = ranking([True] * 4, [True] * 4).assign(confidence=0.9)
    assert "Brackets: 90% intervals" in describe(OVERVIEW, rows, LANGUAGES, "sample", PARAMETERS)


def test_many_ties_are_counted() -> None:
    rows = ranking([True] * 4, [True] * 4)
    many = pd.concat([rows] * 4, ignore_index=True)
    many["language"] = [f"l{place:02}" for place in range(16)]
    many["rank"] = range(1, 17)
    many["tied_with_best"] = [True] * 13 + [False] * 3
    many["tied_with_worst"] = [False] * 3 + [True] * 13
    text = describe(OVERVIEW, many, LANGUAGES, "sample", PARAMETERS)
    assert "l08 and 4 more" in text
    many["tied_with_best"] = True
    text = describe(OVERVIEW, many, LANGUAGES, "sample", PARAMETERS)
    assert "tied with it: all other languages" in text
    many["tied_with_worst"] = True
    text = describe(OVERVIEW, many, LANGUAGES, "sample", PARAMETERS)
    assert text.count("[.81, .97]") == 3
    assert "and 4 more" in text


def test_a_model_without_layers_and_one_language() -> None:
    rows = ranking([True, False, False, False], [False] * 4).head(1)
    text = describe(OVERVIEW.head(0), rows, LANGUAGES, "mine", ReportingParameters(pooling="last"))
    assert "best layer" not in text
    assert "worst" not in text
    assert "gemma_270m_q4" in text
    assert "60 sentences of the corpus 'mine'; pool 60" in text


def test_a_metric_that_is_not_permuted_says_what_the_test_is_of() -> None:
    """Chance of AUC beside a test of MEXA's hits would seem to contradict it."""
    shown = ranking([True, False, False, False], [False, False, False, True])
    text = describe(OVERVIEW, shown.assign(metric="auc"), LANGUAGES, "sample", PARAMETERS)
    assert "not told from a random pairing (tested by MEXA)" in text
    alike = ranking([True] * 4, [True] * 4).assign(metric="auc")
    text = describe(OVERVIEW, alike, LANGUAGES, "sample", PARAMETERS)
    assert "a random pairing (permutation test of MEXA, all 4 languages at once)" in text
    text = describe(OVERVIEW, shown, LANGUAGES, "sample", PARAMETERS)
    assert "tested by MEXA" not in text
