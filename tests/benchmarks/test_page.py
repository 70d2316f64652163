from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.growth_figure import draw_growth, labelled, save_growth
from benchmarks.page import differs, explain, render_page
from benchmarks.results import (
    Curve,
    Machine,
    Measure,
    Point,
    Result,
    Results,
    Spread,
    read_results,
    write_results,
)
from benchmarks.scale import render_scale


def measure(what: str, values: tuple[float, float, float], **settings: object) -> Measure:
    median, low, high = values
    value = Spread(median=median, low=low, high=high)
    return Measure.model_validate(
        {"what": what, "unit": "times", "value": value, "rounds": 3, "against": "peer 1.2"}
        | settings
    )


def curve(exponent: float = 2.0, **settings: object) -> Curve:
    points = [Point(x=x, rounds=[x**exponent] * 3) for x in (10.0, 20.0, 40.0)]
    given = {"what": "growth of w", "variable": "v", "expected": (2, 2), "why": "of pairs"}
    return Curve.model_validate(given | {"points": points} | settings)


def page(*measures: Measure, curves: list[Curve] | None = None) -> str:
    machine = Machine(description={"processor": "a processor"}, load=0.0)
    result = Result(
        title="Alignment", method="So it is measured.", measures=list(measures),
        curves=curves or [], machine=machine, day="2026-01-02", minutes=1.5,
    )  # fmt: skip
    return render_page(Results(benchmarks={"alignment": result}))


@pytest.mark.parametrize(
    ("values", "at_most", "verdict"),
    [
        ((12, 11, 13), False, "met"),
        ((12, 9, 13), False, "met in the median"),
        ((9, 8, 11), False, "missed in the median"),
        ((9, 8, 9.9), False, "missed"),
        ((9, 8, 9.9), True, "met"),
        ((9, 8, 11), True, "met in the median"),
        ((11, 9, 12), True, "missed in the median"),
    ],
)
def test_verdicts_look_at_all_rounds(
    values: tuple[float, float, float], at_most: bool, verdict: str
) -> None:
    assert measure("w", values, aim=10, at_most=at_most).verdict == verdict


@pytest.mark.parametrize("render", [render_page, render_scale])
def test_pages_made_with_quick_say_so_above_all(
    render: Callable[[Results], str], tmp_path: Path
) -> None:
    measured = Result(title="Alignment", method="m")
    tried = Result(title="Chat", method="m", quick=True)
    write_results(Results(benchmarks={"alignment": measured, "chat": tried}), tmp_path / "F")
    text = " ".join(render(read_results(tmp_path / "F")).split())
    warning = text.index("**This page is no measurement: made with `--quick`** (Chat).")
    assert warning < text.index("This page is written by")
    assert "--quick" not in render(Results(benchmarks={"alignment": measured}))


def loaded_page(*loads: float) -> str:
    results = {
        str(number): Result(
            title="T", method="m",
            machine=Machine(description={"cores this process may use": "2"}, load=load),
        )
        for number, load in enumerate(loads)
    }  # fmt: skip
    return " ".join(render_page(Results(benchmarks=results)).split())


def test_the_introduction_tells_the_load_before_the_run() -> None:
    text = loaded_page(1.7749, 1.7749)
    told = "When the run began, the load average of the last minute was 1.77 (cores: 2). So other"
    assert text.index(told) < text.index("```bash")
    assert "in 0.0 minutes, after a load average of 1.77." in text
    assert "When runs began, the load average of the last minute was 0.10 to 1.77 (" in loaded_page(
        0.1, 1.7749
    )


def test_an_idle_machine_is_not_called_busy() -> None:
    text = loaded_page(0.0)
    assert "the load average of the last minute was 0.00 (cores: 2). ```bash" in text
    assert "So other work ran" not in text


def test_pages_without_aims_count_none() -> None:
    text = page(measure("w", (1, 1, 1)))
    assert "## Aims\n\nNone of these benchmarks has an aim.\n" in text
    assert "aims are missed" not in text


def test_without_an_aim_there_is_no_verdict() -> None:
    assert measure("w", (1, 1, 1)).verdict == ""


def test_beside_a_verdict_stands_what_it_is_where_only_what_can_have_an_effect_counts() -> None:
    text = page(measure("a patch", (16.2, 15.9, 17.1), aim=15, part=0.5))
    told = "met; counting only what can have an effect 8.10 times, missed"
    assert f"| at least 15 | 16.2 times | 15.9 to 17.1 | {told} |" in text
    assert f"| at least 15, {told} |  |" in text
    assert measure("a patch", (40, 36, 44), aim=15, part=0.5).of_part == measure(
        "a patch", (20, 18, 22), aim=15
    )


def test_missed_aims_come_first() -> None:
    text = page(
        measure("fast enough", (20, 19, 21), aim=10), measure("too slow", (5, 4.5, 6), aim=10)
    )
    aims = text[text.index("## Aims") : text.index("## Growth")]
    assert "1 of 2 aims are missed" in aims
    assert aims.index("### Missed") < aims.index("too slow") < aims.index("### Met")
    assert aims.index("### Met") < aims.index("fast enough")


def test_a_ratio_is_told_with_peer_spread_rounds_and_aim() -> None:
    row = next(
        line
        for line in page(measure("all pairs", (246.4, 240.1, 251.7), aim=500)).splitlines()
        if line.startswith("| all pairs")
    )
    assert row == (
        "| all pairs | peer 1.2 | 246 times | 240 to 252 | 3 | at least 500, missed |  |"
    )


def test_shares_are_written_as_percent() -> None:
    text = page(measure("share", (0.667, 0.65, 0.68), unit="share", aim=0.7))
    assert "| 67 % | 65 to 68 % | 3 | at least 70 %, missed |" in text


def test_growth_is_told_with_what_was_expected() -> None:
    text = page(curves=[curve(2.0)])
    assert "| growth of w | 10 to 40 | 2 | 2.00 | 2.00 to 2.00 | 3 |" in text
    assert "That is another exponent" not in text
    assert "more than 0.15 outside of what is expected" in " ".join(text.split())


def test_another_exponent_than_expected_is_said_and_explained() -> None:
    found = curve(1.5)
    told = " ".join(page(curves=[found]).split())
    assert f"That is another exponent than expected. {explain(found)}" in told


def test_a_fixed_cost_explains_what_grows_more_slowly() -> None:
    points = [Point(x=x, rounds=[10.0 + x] * 3) for x in (10.0, 20.0, 40.0)]
    found = explain(curve(expected=(1, 1)).model_copy(update={"points": points}))
    assert found == (
        "A fixed cost beside growth with 1 fits within 0%: it would be 50% of the time at 10 and "
        "20% at 40."
    )


def test_a_second_run_on_a_machine_is_described_where_it_differs() -> None:
    results = {
        name: Result(
            title=name, method="m", day="2026-01-02", minutes=0.4,
            machine=Machine(description={"processor": "one", "peak": peak}, load=0.0),
        )
        for name, peak in (("Alignment", "5"), ("Chat", "6"))
    }  # fmt: skip
    text = render_page(Results(benchmarks=results))
    assert text.count("| processor | one |") == 1
    assert "| peak | 6 |" in text
    told = " ".join(text.split())
    assert (
        "Chat: measured on 2026-01-02, in 0.4 minutes, after a load average of 0.00, "
        "on the machine of alignment but" in told
    )


def test_a_range_is_expected_as_a_whole() -> None:
    assert not differs(curve(1.5, expected=(1, 2)))
    assert differs(curve(2.5, expected=(1, 2)))


def test_points_beyond_the_range_are_set_beside_the_line() -> None:
    grown = curve(2.0, last=20.0)
    doubled = [*grown.points[:2], Point(x=40.0, rounds=[2 * 40.0**2] * 3)]
    text = page(curves=[grown.model_copy(update={"points": doubled})])
    assert "At 40 it takes 2.00 times what the line says." in text.replace("\n  ", " ")


def test_the_page_says_what_was_not_measured_on_a_gpu() -> None:
    assert "A GPU: none was at hand." in page()


def test_a_section_names_its_command_and_the_machine_its_day() -> None:
    text = page()
    assert "`python -m benchmarks alignment`, 1.5 minutes" in text
    assert re.search(r"Alignment: measured on 2026-01-02", text)


def test_results_are_kept_and_one_can_be_measured_anew(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert read_results(file).benchmarks == {}
    first = Result(title="A", method="m", measures=[measure("w", (2, 1, 3))], curves=[curve()])
    results = Results().with_result("a", first).with_result("b", first)
    write_results(results, file)
    again = read_results(file).with_result("a", first.model_copy(update={"title": "new"}))
    assert [result.title for result in again.benchmarks.values()] == ["new", "A"]
    assert again.benchmarks["b"] == first


def test_figures_draw_points_fit_and_expectation(tmp_path: Path) -> None:
    figure = draw_growth("Alignment", [curve(1.5), curve(2.0, expected=(1, 2), first=20.0)])
    first, second = figure.axes
    keys = [first.get_legend_handles_labels()[1], second.get_legend_handles_labels()[1]]
    assert keys[0] == ["measured: 1.50 (1.50 to 1.50)", "expected: 2"]
    assert keys[1][1:] == ["expected: 1", "expected: 2"]
    save_growth("Alignment", [curve()], tmp_path / "one.png")
    save_growth("Alignment", [curve()], tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_numbers_of_places_do_not_touch() -> None:
    assert labelled([64, 512, 768, 1024, 4096]) == [64, 512, 768, 4096]
    assert labelled([10, 40, 160, 200]) == [10, 40, 160, 200]


def test_a_page_without_results_says_so() -> None:
    assert "Nothing has been measured yet." in render_page(Results())


def test_rows_of_whole_numbers_take_one_line_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    facts: dict[str, float | list[list[int]]] = {"rows": [[1, 2, 30], [4, 5, 6]], "share": 0.5}
    results = Results().with_result("a", Result(title="A", method="m", facts=facts))
    write_results(results, file)
    assert "[1,2,30]" in file.read_text(encoding="utf-8")
    assert read_results(file) == results
