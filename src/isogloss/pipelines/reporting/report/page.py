"""The report: what is on the page, and the page itself as one text that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypedDict

from jinja2 import Environment, PackageLoader, StrictUndefined

from isogloss.figures.scoreboard import NOT_ABOVE
from isogloss.pipelines.reporting.claim_told import Names
from isogloss.pipelines.reporting.report.first_screen import list_points, short_labels
from isogloss.pipelines.reporting.report.language_tree import palette
from isogloss.pipelines.reporting.report.links import formula_link, table_link
from isogloss.pipelines.reporting.report.provenance_view import describe_run, list_digests
from isogloss.pipelines.reporting.report.score_table import lay_out_scores, list_scores
from isogloss.pipelines.reporting.report.sentences import Sentence, tell_claims
from isogloss.pipelines.reporting.report.vectors import place
from isogloss.scoreboard_columns import NOT_TESTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from isogloss.pipelines.reporting.parameters import ReportingParameters
    from isogloss.pipelines.reporting.report.sections import Section, ShownFigure

SHOWN_CLAIMS, SHOWN_UNTESTED = 12, 3
"""Sentences of a section that are shown at once, and where none was tested; others are folded."""
CROSS_STUDY = "cross_study"
_PACKAGE = "isogloss.pipelines.reporting.report"


class Contents(TypedDict):
    """What the report is made of.

    `sections` are those of the studies that there are, in the order of the page; `scoreboard` and
    `claims` may be empty, and so may `facts` of the run, where it was not noted. `summary` is the
    paragraph that comes first.
    """

    sections: Sequence[Section]
    scoreboard: pd.DataFrame
    claims: pd.DataFrame
    summary: str
    facts: Mapping[str, Any]
    languages: pd.DataFrame
    pivot: str
    corpus: str
    parameters: ReportingParameters


def render(contents: Contents) -> str:
    """Write the report.

    Args:
        contents: see `Contents`.

    Returns:
        HTML that makes no request: style, program, figures and data are in it. Texts of the tables
        are escaped, and the page itself allows no program but its own.
    """
    style, program = _part("report.css"), _part("report.js")
    sections = [_view_section(section, contents) for section in contents["sections"]]
    widgets = {
        name: data
        for section in contents["sections"]
        for name, data in section["widgets"].items()
        if name == "heat_map"
    }
    labels = list(_labels(contents))
    page = _templates().get_template("report.html")
    return page.render(
        heading=_heading(contents),
        summary=list_points(contents["summary"], labels, _reasons(contents)),
        short=short_labels(labels),
        scores=_view_scores(contents),
        sections=sections,
        run=describe_run(contents["facts"]),
        digests=list_digests(contents["sections"], contents["facts"].get("models", {})),
        label=contents["parameters"].label,
        not_above=NOT_ABOVE,
        data=_as_json({**widgets, "palette": palette()}),
        style=style,
        program=program,
        program_digest=_digest(program),
    )


def _view_scores(contents: Contents) -> dict[str, Any] | None:
    scoreboard = contents["scoreboard"]
    if scoreboard.empty:
        return None
    facts = contents["facts"]
    shown = lay_out_scores(scoreboard, contents["languages"], contents["parameters"], facts)
    return {**shown, "source": table_link("scoreboard", facts.get("files", {}))}


def _view_section(section: Section, contents: Contents) -> dict[str, Any]:
    facts, scoreboard = contents["facts"], contents["scoreboard"]
    places, docs = facts.get("files", {}), facts.get("docs", "")
    figures = [_view_figure(figure, section, places, docs) for figure in section["figures"]]
    # Where nothing else is shown, the first figures are.
    leading = [figure for figure in figures if figure["leading"]] or figures[:2]
    sentences = sorted(_claims_of(section, contents), key=_is_untested)
    tested = sum(not _is_untested(sentence) for sentence in sentences)
    shown = min(max(tested, SHOWN_UNTESTED), SHOWN_CLAIMS)
    scored = scoreboard[scoreboard["study"].isin(section["scored"])]
    return {
        **section,
        "sentences": sentences[:shown],
        "more_sentences": sentences[shown:],
        "leading": leading,
        "others": [figure for figure in figures if figure not in leading],
        "tables": [
            {
                **table,
                "source": table_link(table["source"], places),
                "formula": formula_link(table["formula"], docs),
            }
            for table in section["tables"]
        ],
        "scores": list_scores(scored, contents["languages"], contents["parameters"], facts),
        "method": formula_link(section["formula"], docs),
        "outdated": f"{section['study']}_section" in facts.get("outdated", ()),
    }


def _is_untested(sentence: Sentence) -> bool:
    return sentence.wording == NOT_TESTED


def _claims_of(section: Section, contents: Contents) -> list[Sentence]:
    claims, facts = contents["claims"], contents["facts"]
    if claims.empty:
        return []
    own = claims[claims["study"].isin(section["scored"])]
    return tell_claims(own, _names(contents), facts.get("files", {}), facts.get("docs", ""))


def _names(contents: Contents) -> Names:
    languages = contents["languages"]
    names = dict(zip(languages["language"], languages["name"], strict=True))
    return Names(contents["parameters"].model_labels, names)


def _view_figure(
    figure: ShownFigure, section: Section, places: Mapping[str, str], docs: str
) -> dict[str, Any]:
    prefix = "f" + hashlib.sha256(figure["name"].encode()).hexdigest()[:6]
    synthetic = "SYNTHETIC. " if section["synthetic"] else ""
    caption = f"{synthetic}{figure['caption']}"
    vectors = place(figure["svg"], prefix, figure["title"], caption) if figure["svg"] else ""
    return {
        **figure,
        "id": prefix,
        "caption": caption,
        "vectors": vectors,
        "sources": [table_link(table, places) for table in figure["tables"]],
        "method": formula_link(figure["formula"], docs),
    }


def _heading(contents: Contents) -> dict[str, Any]:
    """Say which models were looked at, on what, and when."""
    facts, parameters = contents["facts"], contents["parameters"]
    scored = contents["scoreboard"]
    models = list(facts.get("models", {})) or list(dict.fromkeys(scored["model"]))
    aligned = scored[scored["study"] == "alignment"]
    sentences = int(aligned["n"].max()) if len(aligned) else 0
    corpus = parameters.describe_corpus(contents["corpus"]) if sentences else ""
    every, spoken = set(scored["language"]), set(aligned["language"])
    if sentences:
        spoken.add(contents["pivot"])
    return {
        "models": [parameters.label(model) for model in models],
        "corpus": corpus.replace("{n}", f"{sentences:,}"),
        "languages": len(spoken) if sentences else len(every),
        "more_languages": len(every - spoken) if sentences else 0,
        "date": facts.get("date", ""),
    }


def _labels(contents: Contents) -> dict[str, None]:
    """Give what the models of the page are called."""
    label = contents["parameters"].label
    named = [*contents["scoreboard"]["model"], *contents["claims"]["model"]]
    return dict.fromkeys(label(str(model)) for model in named if model)


def _reasons(contents: Contents) -> str:
    """Give where the page says why something cannot be tested; empty if it does not."""
    told = any(section["study"] == CROSS_STUDY for section in contents["sections"])
    return f"#{CROSS_STUDY}" if told else ""


def _as_json(value: Any) -> str:
    """Write data so that nothing in it can end the element that holds it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _digest(program: str) -> str:
    return base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _part(name: str) -> str:
    return files(_PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")
