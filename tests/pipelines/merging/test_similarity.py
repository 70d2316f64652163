from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.merging.parameters import AlignmentChoice, MergingParameters
from isogloss.pipelines.merging.similarity import (
    Evidence,
    Similarity,
    accuracy_similarity,
    alignment_similarity,
    feature_similarity,
    measure_similarities,
)
from isogloss.typology import FeatureVectors, Typology

SYNTAX = FeatureVectors(
    ("aaa", "bbb", "ccc", "nil"), np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 0]], np.float32)
)
PLACES = FeatureVectors(("ccc", "bbb", "aaa"), np.array([[2, 0], [0, 1], [1, 0]], np.float32))
TYPOLOGY: Typology = {"syntax": lambda: SYNTAX, "geography": lambda: PLACES}
CODES = {
    "aa-AA": "aaa",
    "bb-BB": "bbb",
    "cc-CC": "ccc",
    "nn-NN": "nil",
    "xx-XX": "xxx",
    "yy-YY": "",
}
CHOICE = AlignmentChoice(metric="mexa")


def measured(features: str, locales: list[str]) -> Similarity:
    return feature_similarity(features, locales, CODES, TYPOLOGY)


def test_cosines_of_features() -> None:
    found = measured("syntax_knn", ["aa-AA", "bb-BB", "cc-CC"])
    expected = [[1, 0.5**0.5, 0.5], [0.5**0.5, 1, 0], [0.5, 0, 1]]
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    assert (np.diag(found.values) == 1).all()
    assert not found.unknown


def test_joined_sets_are_concatenated() -> None:
    found = measured("syntax_knn+geo", ["aa-AA", "cc-CC"])
    # (1, 1, 0, 1, 0) and (0, 1, 1, 2, 0)
    assert found.values[0, 1] == pytest.approx((1 + 2) / np.sqrt(3 * 6), abs=1e-12)
    assert found.features == "syntax_knn+geo"


def test_of_whom_nothing_is_known_it_is_said_why() -> None:
    found = measured("syntax_knn", ["aa-AA", "nn-NN", "xx-XX", "yy-YY", "zz-ZZ", "bb-BB"])
    assert found.unknown == {
        "nn-NN": "URIEL knows nothing of its syntax_knn",
        "xx-XX": "URIEL has no syntax_knn of 'xxx'",
        "yy-YY": "it has no lang2vec code in locales.csv",
        "zz-ZZ": "it has no lang2vec code in locales.csv",
    }
    known = ~np.isnan(found.values)
    assert known.sum() == 4
    assert known[np.ix_([0, 5], [0, 5])].all()


def test_without_the_data_the_package_is_named() -> None:
    with pytest.raises(Refusal, match=r"fam need pip install 'isogloss\[typology\]'"):
        measured("syntax_knn+fam", ["aa-AA"])


def test_rows_and_columns_are_found_by_locale() -> None:
    whole = measured("syntax_knn", ["aa-AA", "bb-BB", "cc-CC", "xx-XX"])
    part = whole.among(["cc-CC"], ["bb-BB", "cc-CC", "aa-AA"])
    np.testing.assert_allclose(part.values, [[0, 1, 0.5]], atol=1e-12)
    assert part.own.tolist() == [[False, True, False]]
    assert not part.unknown
    assert set(whole.among(["aa-AA"], ["xx-XX"]).unknown) == {"xx-XX"}


def summary(**changed: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            ("mexa", "mean", 0, "mean", "deu", "eng", 0.9),
            ("mexa", "mean", 1, "mean", "eng", "deu", 0.7),
            ("mexa", "mean", 0, "mean", "deu", "swh", 0.2),
            ("mexa", "mean", 0, "mean", "eng", "swh", np.nan),
            ("mexa", "last", 0, "mean", "deu", "eng", 0.1),
            ("mexa", "mean", 0, "max", "deu", "eng", 1.0),
            ("contrast", "mean", 0, "mean", "deu", "eng", 2.5),
        ],
        columns=["metric", "pooling", "sample", "aggregation", "language_a", "language_b", "score"],
    )
    return table.assign(**{"model": "encoder", **changed})


LANGUAGES = {"de-DE": "deu", "de-AT": "deu", "en-US": "eng", "sw-KE": "swh", "pl-PL": "pol"}


def test_alignment_is_symmetric_and_averaged_over_samples() -> None:
    found = alignment_similarity(summary(), ["de-DE", "en-US", "de-AT"], LANGUAGES, CHOICE)
    np.testing.assert_allclose(found.values, [[1, 0.8, 1], [0.8, 1, 0.8], [1, 0.8, 1]])


def test_rows_that_are_averages_already_are_taken() -> None:
    table = pd.concat([summary(), summary(sample=-1, score=0.5)[:1]])
    found = alignment_similarity(table, ["de-DE", "en-US"], LANGUAGES, CHOICE)
    assert found.values[0, 1] == 0.5


def test_languages_that_were_not_measured_are_unknown() -> None:
    found = alignment_similarity(
        summary(), ["de-DE", "pl-PL", "xx-XX", "sw-KE", "en-US"], LANGUAGES, CHOICE
    )
    assert found.unknown == {
        "pl-PL": "no alignment of 'pol' was measured",
        "xx-XX": "it is not in locales.csv",
    }
    assert np.isnan(found.values[1:3]).all()
    assert found.values[0, 3] == 0.2
    assert np.isnan(found.values[3, 4])


def test_not_every_metric_is_1_for_a_language_with_itself() -> None:
    found = alignment_similarity(
        summary(), ["de-DE", "en-US"], LANGUAGES, AlignmentChoice(metric="contrast")
    )
    np.testing.assert_array_equal(found.values, [[np.nan, 2.5], [2.5, np.nan]])


@pytest.mark.parametrize(
    ("table", "choice", "message"),
    [
        (summary()[:0], CHOICE, "is empty: run the pipeline alignment"),
        (
            summary(),
            AlignmentChoice(metric="mexa_at_100"),
            "no metric 'mexa_at_100' .* there are contrast, mexa",
        ),
        (
            summary(),
            AlignmentChoice(metric="contrast", pooling="last"),
            "no pooling 'last' .* there is mean",
        ),
        (pd.concat([summary(), summary(model="b")]), CHOICE, r"several models \(b, encoder\)"),
    ],
)
def test_a_summary_that_does_not_tell(
    table: pd.DataFrame, choice: AlignmentChoice, message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        alignment_similarity(table, ["de-DE", "en-US"], LANGUAGES, choice)


ACCURACIES = pd.DataFrame(
    [("en-US", "en-US", 0.9), ("en-US", "sw-KE", 0.3), ("sw-KE", "en-US", 0.6)],
    columns=["source", "target", "accuracy"],
)


def test_accuracy_is_that_of_the_source_on_the_target() -> None:
    found = accuracy_similarity(ACCURACIES, ["sw-KE", "en-US", "de-DE"])
    row, column = found.targets.index("sw-KE"), found.sources.index("en-US")
    assert found.values[row, column] == 0.3
    assert found.values[column, row] == 0.6
    assert found.values[1, 1] == 0.9
    assert np.isnan(found.values[0, 0])
    assert list(found.unknown) == ["de-DE"]


def test_accuracies_that_stand_there_twice_are_refused() -> None:
    with pytest.raises(Refusal, match="accuracy of en-US on sw-KE stands there twice"):
        accuracy_similarity(pd.concat([ACCURACIES, ACCURACIES[1:2]]), ["sw-KE", "en-US"])


def test_every_feature_of_every_seed() -> None:
    locales = pd.DataFrame(
        {"locale": list(CODES), "language": list(CODES.values()), "lang2vec": list(CODES.values())}
    )
    rows = pd.DataFrame(
        [(0, "aa-AA", "bb-BB", 0.1), (1, "aa-AA", "bb-BB", 0.2)],
        columns=["seed", "source", "target", "accuracy"],
    )
    alignment = summary(language_a="aaa", language_b="bbb")[:1]
    parameters = MergingParameters(
        features=("geo", "accuracy", "alignment"), seeds=(0, 1), alignment=CHOICE
    )
    found = measure_similarities(
        parameters, ["aa-AA", "bb-BB"], Evidence(locales, TYPOLOGY, alignment, rows)
    )
    assert len(found) == 6
    assert found["accuracy", 0].values[1, 0] == 0.1
    assert found["accuracy", 1].values[1, 0] == 0.2
    assert found["geo", 1] is found["geo", 0]
    assert found["alignment", 1].values[0, 1] == 0.9


def test_without_accuracies_every_locale_is_unknown() -> None:
    parameters = MergingParameters(features=("accuracy",))
    locales = pd.DataFrame({"locale": ["a"], "language": ["a"], "lang2vec": ["a"]})
    found = measure_similarities(parameters, ["a"], Evidence(locales, {}))
    assert list(found["accuracy", 0].unknown) == ["a"]


def test_nothing_is_measured_that_no_experiment_needs() -> None:
    parameters = MergingParameters(features=("fam",), experiments=("baseline", "leave_one_out"))
    locales = pd.DataFrame({"locale": ["a"], "language": ["a"], "lang2vec": ["a"]})
    assert measure_similarities(parameters, ["a"], Evidence(locales, {})) == {}
