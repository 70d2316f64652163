"""What benchmarks found, as it is kept in results.json."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).with_name("results.json")
CORES = "cores this process may use"
Verdict = Literal["met", "met in the median", "missed in the median", "missed", ""]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Record):
    """Median, least and greatest over rounds."""

    median: float
    low: float
    high: float


class Measure(_Record):
    """A number that was measured, most often a ratio.

    Attributes:
        what: was measured.
        unit: `times`, `share`, or another that is written behind the number.
        against: the peer or yardstick; empty if there is none.
        value: over the rounds.
        rounds: how many.
        aim: what is aimed at; None if nothing is.
        at_most: whether the aim is the greatest value and not the least.
        note: what has to be known to read it.
        part: share of the work that can have an effect, if the rest costs this project nothing.
    """

    what: str
    unit: str
    against: str = ""
    value: Spread
    rounds: int
    aim: float | None = None
    at_most: bool = False
    note: str = ""
    part: float | None = None

    @property
    def of_part(self) -> Measure | None:
        """The same where only what can have an effect counts; None if all of it can."""
        if self.part is None:
            return None
        scaled = {name: self.part * value for name, value in self.value.model_dump().items()}
        return self.model_copy(update={"value": Spread(**scaled), "part": None})

    @property
    def verdict(self) -> Verdict:
        """Whether the aim is met, in all rounds or in the median; empty without an aim."""
        if self.aim is None:
            return ""
        sign = -1 if self.at_most else 1
        reached = [
            sign * value >= sign * self.aim
            for value in (self.value.median, self.value.low, self.value.high)
        ]
        if reached[0]:
            return "met" if all(reached) else "met in the median"
        return "missed in the median" if any(reached) else "missed"

    @property
    def missed(self) -> bool:
        """Whether the median misses the aim."""
        return self.verdict in ("missed", "missed in the median")


class Point(_Record):
    """A place on a curve.

    Attributes:
        x: where.
        rounds: what was measured there, one value a round.
    """

    x: float
    rounds: list[float]


class Curve(_Record):
    """How time grows with size.

    Attributes:
        what: is measured.
        variable: along which.
        unit: of the measured values.
        expected: least and greatest exponent that the algorithm lets expect.
        first: where the range of fit begins; below it fixed costs count.
        last: where it ends.
        why: the exponent is expected, and why the range was chosen.
        points: in order of x.
    """

    what: str
    variable: str
    unit: str = "s"
    expected: tuple[float, float]
    first: float = 0.0
    last: float = Field(default=float(2**53))
    why: str
    points: list[Point] = []

    def fitted(self) -> list[Point]:
        """Give the points inside the range of fit."""
        return [point for point in self.points if self.first <= point.x <= self.last]


class Machine(_Record):
    """What the numbers were measured on.

    Attributes:
        description: name -> value, for people.
        load: average of the last minute when the run began: threads that ran or waited.
    """

    description: dict[str, str]
    load: float


class Result(_Record):
    """What one benchmark found.

    Attributes:
        title: of its section.
        method: how it is measured, in sentences.
        measures: ratios and other numbers.
        curves: of one figure.
        facts: numbers that others compute with.
        machine: on which it ran.
        day: when it ran.
        minutes: how long it took.
        quick: whether sizes were tiny, which tries the program and measures nothing.
    """

    title: str
    method: str
    measures: list[Measure] = []
    curves: list[Curve] = []
    facts: dict[str, float | list[list[int]]] = {}
    machine: Machine | None = None
    day: str = ""
    minutes: float = 0.0
    quick: bool = False

    def fact(self, name: str) -> float:
        """Give a fact that is a number."""
        value = self.facts[name]
        if isinstance(value, list):
            raise TypeError(f"{name} is a table, not a number")
        return value


class Results(_Record):
    """All benchmarks, each as it was measured last."""

    benchmarks: dict[str, Result] = {}

    def with_result(self, name: str, result: Result) -> Results:
        """Put in a benchmark that was measured anew."""
        return Results(benchmarks={**self.benchmarks, name: result})


def read_results(file: Path = FILE) -> Results:
    """Read what was measured; nothing if there is no file."""
    if not file.exists():
        return Results()
    return Results.model_validate_json(file.read_text(encoding="utf-8"))


def write_results(results: Results, file: Path = FILE) -> None:
    """Keep what was measured."""
    text = results.model_dump_json(indent=1)
    # A row of whole numbers is one line, not one line a number.
    text = re.sub(r"\[[\d,\s]+\]", lambda row: re.sub(r"\s+", "", row[0]), text)
    file.write_text(text + "\n", encoding="utf-8")
