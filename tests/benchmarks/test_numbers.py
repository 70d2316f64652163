import pytest

from benchmarks.numbers import (
    table,
    write,
    write_bytes,
    write_count,
    write_rough,
    write_share,
    write_time,
)
from benchmarks.texts import padding_share, quantiles
from isogloss.pipelines.representation.plan import Workload


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00123, "0.00123"),
        (1.5, "1.50"),
        (12.34, "12.3"),
        (10.0, "10"),
        (9876.5, "9,876"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.6004, "0.60"),
        (0.0996, "0.10"),
        (2.344, "2.3"),
        (9.96, "10"),
        (51.49, "51"),
        (644.9, "640"),
    ],
)
def test_numbers_that_rest_on_assumptions_have_two_digits(value: float, text: str) -> None:
    assert write_rough(value) == text


def test_times_are_as_rough_as_their_number() -> None:
    assert [write_time(9.08 * 86400, number) for number in (write, write_rough)] == [
        "9.08 days", "9.1 days",
    ]  # fmt: skip


def test_amounts_and_times_have_the_unit_that_suits_them() -> None:
    assert [write_bytes(value) for value in (12, 1.5e6, 2e12)] == ["12 bytes", "1.50 MB", "2 TB"]
    assert [write_time(value) for value in (1.25, 90, 600, 7200, 864000)] == [
        "1.25 seconds", "90 seconds", "10 minutes", "2 hours", "10 days",
    ]  # fmt: skip
    assert [write_share(value) for value in (0, 0.0023, 0.67)] == ["0 %", "0.2 %", "67 %"]
    assert [write_count(n, "thread") for n in (1, 2)] == ["1 thread", "2 threads"]


def test_a_cell_stays_one_cell() -> None:
    assert table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |"


def test_padding_is_counted_in_batches_of_a_group() -> None:
    # Batches of 20: (10, 4) -> 20 computed of 14; (3,) alone.
    assert padding_share(Workload({"a": [10, 4], "b": [3]}, 20, 8)) == pytest.approx(6 / 23)
    # Each language by itself: (10, 4) and (3,) again, without a shared batch.
    assert padding_share(Workload({"a": [4, 4], "b": [2]}, 20, 1)) == 0


def test_lengths_that_stand_for_many_are_those_in_the_middle_of_their_share() -> None:
    assert quantiles(list(range(101)), 4) == [12, 38, 62, 88]
