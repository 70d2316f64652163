"""The scoreboard as a LaTeX table for papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.figures.families import guide_languages
from isogloss.figures.formats import format_range, format_score
from isogloss.figures.levels import interval_name
from isogloss.figures.scoreboard import (
    Column,
    explain_notes,
    list_columns,
    metric_digits,
    metric_label,
    study_label,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.figures.scoreboard import Cell

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "ρ": r"$\rho$",
}
NOT_ABOVE = r"$^\circ$"
MISSING = "--"


def write_latex(
    scoreboard: pd.DataFrame, languages: pd.DataFrame, labels: Mapping[str, str]
) -> str:
    """Write one table a model, languages down; it needs the package booktabs.

    Args:
        scoreboard: of all models.
        languages: the table of languages.
        labels: model -> what to call it.
    """
    guide = guide_languages(languages, scoreboard["language"])
    tables = []
    for model in dict.fromkeys(scoreboard["model"]):
        own = scoreboard[scoreboard["model"] == model]
        columns = list_columns(own)
        codes = guide.order(set(own["language"]))
        names = {code: guide.short_name(code) for code in codes}
        label = labels.get(str(model), str(model))
        tables.append("\n".join(_table(columns, names, label, str(model), own)))
    return "\n\n".join(["% \\usepackage{booktabs}", *tables])


def escape(text: str) -> str:
    """Write a text so that LaTeX sets it as it stands."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def _table(
    columns: Sequence[Column], names: Mapping[str, str], label: str, model: str, own: pd.DataFrame
) -> Iterator[str]:
    yield r"\begin{table}"
    yield r"\centering\small"
    yield rf"\caption{{{_caption(columns, label, own)}}}"
    yield rf"\label{{tab:scoreboard-{model.replace('_', '-')}}}"
    yield rf"\begin{{tabular}}{{l{'r' * len(columns)}}}"
    yield r"\toprule"
    heads = [escape(study_label(one.study, one.role)) for one in columns]
    yield " & ".join(["", *heads]) + r" \\"
    measures = [escape(metric_label(str(one.rows["metric"].iloc[0]))) for one in columns]
    yield " & ".join(["Language", *measures]) + r" \\"
    yield r"\midrule"
    cells = [one.cells for one in columns]
    for code, name in names.items():
        yield " & ".join([escape(name), *(_cell(own.get(code)) for own in cells)]) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{table}"


def _caption(columns: Sequence[Column], label: str, own: pd.DataFrame) -> str:
    counts = [
        f"{study_label(one.study, one.role)} "
        f"{format_range(sorted(set(one.rows['n'].astype(int))))} {one.rows['unit'].iloc[0]}"
        for one in columns
    ]
    parts = [
        f"{label}. Small: {interval_name(own)}s",
        f"n: {'; '.join(counts)}",
        f"{MISSING} not measured",
        # On one model: no need to say on which a note is.
        *explain_notes(own, {}),
    ]
    text = escape(". ".join(parts))
    words = f"Bold: above chance, adjusted over the languages; {NOT_ABOVE} not; neither: not tested"
    return f"{text}. {words}."


def _cell(row: Cell | None) -> str:
    if row is None:
        return MISSING
    digits = metric_digits(str(row["metric"]))
    above: bool | None = None if pd.isna(row["above_chance"]) else bool(row["above_chance"])
    mark = NOT_ABOVE if above is False else ""
    low, high = (format_score(float(row[name]), digits) for name in ("ci_low", "ci_high"))
    interval: str = rf" {{\scriptsize [{low}, {high}]}}" if pd.notna(row["ci_low"]) else ""
    value = format_score(float(row["value"]), digits)
    return (rf"\textbf{{{value}}}" if above else value) + mark + interval
