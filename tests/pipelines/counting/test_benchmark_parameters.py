from __future__ import annotations

import pytest

from isogloss.config import ConfigurationError
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.generation_parameters import CountingParameters
from isogloss.pipelines.counting.word_parameters import WordParameters
from tests.sessions import session


@pytest.mark.parametrize(
    ("asked", "lists", "words", "message"),
    [
        (("eng",), ("all",), ("all",), ""),
        (("all",), ("eng", "deu"), ("all",), ""),
        (
            ("eng", "dut"),
            ("eng", "deu"),
            ("all",),
            "counting_benchmark.languages names 'dut', in which there will be no lists. Did you "
            "mean deu? counting.languages is: eng deu. Name some of these, or all.",
        ),
        (
            ("rus",),
            ("all",),
            ("eng", "deu"),
            "counting_benchmark.languages names 'rus', in which there will be no lists. "
            "counting_words.languages is: eng deu. Name some of these, or all.",
        ),
    ],
)
def test_languages_without_lists_are_found_before_lists_are_made(
    asked: tuple[str, ...], lists: tuple[str, ...], words: tuple[str, ...], message: str
) -> None:
    groups = {
        "counting": CountingParameters(languages=lists),
        "counting_words": WordParameters(languages=words),
    }
    found = BenchmarkParameters(languages=asked).find_misfits(groups)
    assert found == ({("counting_benchmark", "languages"): message} if message else {})


def test_largest_number_covers_all_counts() -> None:
    lists = CountingParameters(counts=(0, 3, 7), lengths=(8,))
    assert not BenchmarkParameters(largest=7).find_misfits({"counting": lists})
    assert BenchmarkParameters(largest=6).find_misfits({"counting": lists}) == {
        ("counting_benchmark", "largest"): "counting_benchmark.largest = 6: lists hold up to 7 "
        "(counting.counts); make it at least as large."
    }


def test_a_session_is_refused_with_the_place() -> None:
    given = {"counting_benchmark": {"largest": 1}}
    with session("test", **given) as opened, pytest.raises(ConfigurationError) as caught:
        opened.load_context()
    assert str(caught.value) == (
        "counting_benchmark.largest = 1: lists hold up to 2 (counting.counts); make it at least as "
        "large. Set by --params; declared in conf/base/parameters/counting.yml."
    )
