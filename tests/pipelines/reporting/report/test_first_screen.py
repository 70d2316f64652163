from __future__ import annotations

from isogloss.pipelines.reporting.report.first_screen import Part, list_points, short_labels

LABELS = ["Gemma 3 270M, 4-bit (Q4_K_M)", "MiniLM L6 (English)"]
SUMMARY = (
    "Gemma 3 270M, 4-bit (Q4_K_M) aligns 15 of 16 languages (chance .008; n = 60 sentences). "
    "MiniLM L6 (English) aligns 6 (+.68 [.59, .76]; n = 60. All of them).\n\n"
    "Not told from 0, with all tests counted: of MiniLM L6 (English), merging: +.03 (n = 8 "
    "locales; one seed); of Gemma 3 270M, 4-bit (Q4_K_M), reading: .38 [.14, .70] (n = 8 "
    "passages); knowledge: .30 (n = 20 items).\n\n"
    "Not testable in 6 cases (n = 4 to 7 languages; reasons: claims)."
)


def texts(points: list[list[Part]]) -> list[str]:
    return ["".join(part.text for part in point) for point in points]


def test_every_claim_is_a_point_with_the_short_name_of_its_model() -> None:
    found, undecided, untested = list_points(SUMMARY, LABELS, "#cross_study")
    assert texts(found.points) == [
        "Gemma 3 270M aligns 15 of 16 languages (chance .008; n = 60 sentences).",
        "MiniLM L6 aligns 6 (+.68 [.59, .76]; n = 60. All of them).",
    ]
    assert undecided.lead == "Not told from 0, with all tests counted:"
    assert texts(undecided.points) == [
        "MiniLM L6, merging: +.03 (n = 8 locales; one seed)",
        "Gemma 3 270M, reading: .38 [.14, .70] (n = 8 passages)",
        "Gemma 3 270M, knowledge: .30 (n = 20 items)",
    ]
    assert untested.points == [
        [
            Part("Not testable in 6 cases ("),
            Part("n = 4 to 7 languages; ", basis=True),
            Part("reasons", "#cross_study"),
            Part(")."),
        ]
    ]


def test_what_a_number_rests_on_is_told_apart_from_it() -> None:
    point = list_points(SUMMARY, LABELS, "")[0].points[1]
    assert [part.text for part in point if part.basis] == ["n = 60. All of them"]
    assert "+.68 [.59, .76]; " in point[0].text


def test_labels_that_would_become_equal_stay_as_they_are() -> None:
    short = short_labels(["Gemma (4-bit)", "Gemma (8-bit)", "MiniLM L6 (English)"])
    assert short("Gemma (4-bit)") == "Gemma (4-bit)"
    assert short("MiniLM L6 (English)") == "MiniLM L6"
    assert short("unknown (x)") == "unknown (x)"
