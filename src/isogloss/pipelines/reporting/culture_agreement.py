"""Tables of agreement: with those who speak the language, and one country against the natives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.culture_study import (
    ALL,
    COUNTRY,
    ELICITATIONS,
    LANGUAGE,
    PARTS,
    CultureGuide,
    as_text,
    open_first,
    order_languages,
    order_models,
    published_rounds,
    widest,
    without_named,
)
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.culture_words import DIFFERS, judge, write_estimate, write_span
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from isogloss.pipelines.reporting.culture_inputs import CulturePage
    from isogloss.pipelines.reporting.culture_words import Row

METRIC = "spearman"
"""That pages show; the others are in the tables."""
DISTINCTIVE = "distinctive"
WAY = ["elicitation", "labeller"]
CELL = ["model", "language"]


def native_agreement(alignment: pd.DataFrame) -> pd.DataFrame:
    """Keep the agreement of every model and language with the people who speak the language.

    That is with all respondents who were interviewed in it, or with its only country where the
    survey has no scores of languages. Nothing is claimed of it: that a distinctive part is not 0
    does not tell agreement with a group from agreement with all, nor does that it is larger than
    those with other groups, where some have more of their own than others.

    Args:
        alignment: `cultural_alignment`.

    Returns:
        The rows of `METRIC`, with low, high (the wider interval) and word.
    """
    rows = open_first(without_named(alignment))
    rows = rows[(rows["metric"] == METRIC) & rows["native"].astype(bool)]
    spoken = rows[rows["level"] == LANGUAGE]
    own = spoken if len(spoken) else _lone(rows[rows["level"] == COUNTRY])
    own = own.reset_index(drop=True)
    return widest(own).assign(word=judge(own.drop(columns="p_adjusted", errors="ignore")))


def tabulate_agreement(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    """Write a row a model and language: the three parts, what a conformist has, floor and ceiling.

    Args:
        inputs: the tables of the study.
        study: labels and names.
    """
    rows = native_agreement(inputs["alignment"])
    if rows.empty:
        yield "No answers could be compared with those of people who speak the language."
        yield from _name_short_voices(inputs["scores"], inputs["alignment"], study)
        return
    yield from _say_with_whom(rows, inputs["alignment"], study)
    yield ""
    for way, own in rows.groupby(WAY, sort=False):
        yield f"**{name_way(*map(str, way))}**"
        yield ""
        yield from write_table(
            ["model", "language", "questions", *PARTS, "a conformist's", "floor", "ceiling"],
            [*_agreement_rows(own, study)],
        )
        yield ""
    yield (
        "Floor: overall agreement of the model's own answers, permuted over the questions. "
        "Ceiling: overall agreement of the mean of the other groups with this one."
    )
    yield ""
    yield explain_conformists(rows, inputs["alignment"])
    yield ""
    yield from _span_distinctive(inputs["alignment"])
    yield from _name_short_voices(inputs["scores"], inputs["alignment"], study)


def tabulate_contrasts(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    """Write agreement with the reference country minus that with the native countries.

    Args:
        inputs: the tables of the study.
        study: labels and names.
    """
    rows = leave_out_unchanged(judge_contrasts(inputs["contrasts"]))
    if rows.empty:
        yield "No language has both a native country and another one to compare it with."
        return
    published = _published_terms(inputs["original_us_bias"])
    reference = str(rows["reference"].iloc[0])
    keys = [*WAY, "named", "without"]
    for (elicitation, labeller, named, without), own in rows.groupby(keys, sort=False):
        kind = ", prompts that name a native country" if named else ""
        less = f", without {without}" if without else ""
        yield f"**{name_way(str(elicitation), str(labeller))}{kind}{less}**"
        yield ""
        beside = published if not (named or without) and elicitation == "open" else {}
        heads = ["model", "language", "natives", "questions", f"overall, {reference} − natives"]
        heads += [f"distinctive, {reference} − natives", "distinctive part"]
        body = [*_contrast_rows(own, study, beside)]
        yield from write_table([*heads, *(["published"] if beside else [])], body)
        yield ""
    yield (
        "A distinctive contrast apart from 0 says with which of the two a model agrees more beyond "
        "what all share; where one of them has less of its own than the other, so does a "
        "conformist: compare both countries' *conformist* in `cultural_alignment`."
    )
    yield ""
    if published:
        yield (
            "Published: the regression's coefficient, recomputed as it was: overall agreement of "
            "single responses, as a difference to one draw of a random baseline. Its intervals "
            "count bootstrap rounds as observations and are not shown; the columns before it are "
            "the sound version."
        )


def judge_contrasts(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Give every contrast of `METRIC` its word; of several intervals of a mean the widest counts.

    Args:
        contrasts: `cultural_contrasts`.

    Returns:
        With value, low, high and word; only distinctive contrasts are judged.
    """
    rows = open_first(contrasts[contrasts["metric"] == METRIC])
    rows = rows.reset_index(drop=True).rename(columns={"difference": "value"})
    if rows.empty:
        return rows.assign(low=[], high=[], word=[])
    keys = ["elicitation", "labeller", *CELL, "part", "without", "named"]
    wide = widest(rows)
    wide["p_adjusted"] = wide.groupby(keys, dropna=False)["p_adjusted"].transform("max")
    order = (wide["high"] - wide["low"]).fillna(-1).sort_values(ascending=False, kind="stable")
    own = wide.loc[order.index].drop_duplicates(keys).sort_index()
    bare = own.drop(columns="p_adjusted")
    words = judge(bare)
    judged = own[own["part"] == DISTINCTIVE]
    words.loc[judged.index] = judge(judged)
    return own.assign(word=words)


def leave_out_unchanged(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Drop contrasts without some countries in languages that have none of these.

    Args:
        contrasts: language, natives, without.
    """
    whole = as_text(contrasts["without"]) == ""
    natives = contrasts[whole].drop_duplicates("language").set_index("language")["natives"]
    return contrasts[whole | (contrasts["natives"] != contrasts["language"].map(natives))]


def name_way(elicitation: str, labeller: str) -> str:
    """Name a way of asking and, if known, the labeller."""
    way = ELICITATIONS.get(elicitation, elicitation)
    name = way[:1].upper() + way[1:]
    return f"{name}, labelled by `{labeller}`" if labeller else name


def explain_conformists(rows: pd.DataFrame, alignment: pd.DataFrame) -> str:
    """Say what distinctive parts are to be compared with, and why they are not tested.

    Args:
        rows: of `native_agreement`.
        alignment: `cultural_alignment`, all groups.
    """
    level = alignment[alignment["level"] == rows["level"].iloc[0]]
    return (
        f"The mean of {level['group'].nunique() - 1} other groups is a noisy picture of what all "
        "share, so that even a voice that follows what all share alone, a conformist, has a "
        "distinctive part above 0. *A conformist's* is that part for a voice as alike to all "
        "groups as this one, if a single profile is behind all of them: what the distinctive part "
        "is to be compared with, not 0. Nothing is tested here: no test of this kind holds its "
        "level where groups differ in how much they have of their own."
    )


def _lone(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep languages of a single country: a mean over several has no interval here."""
    countries = rows.groupby("language")["group"].transform("nunique")
    return rows[countries == 1]


def _say_with_whom(
    rows: pd.DataFrame, alignment: pd.DataFrame, study: CultureGuide
) -> Iterator[str]:
    if (rows["level"] == LANGUAGE).all():
        yield "With all respondents who were interviewed in the language; rank correlations."
    else:
        yield "With the only country where the language is the main one; rank correlations."
    lacking = set(alignment["language"]) - set(rows["language"])
    if lacking:
        names = study.guide(lacking)
        listed = [names.short_name(code) for code in order_languages(lacking, study)]
        yield (
            f"Not here, as the survey has no scores of the language or several countries: "
            f"{', '.join(listed)}; see the figure `cultural_alignment`."
        )


def _name_short_voices(
    scores: pd.DataFrame, alignment: pd.DataFrame, study: CultureGuide
) -> Iterator[str]:
    """Name the languages in which a model answered, but too few questions to be compared."""
    key = [*WAY, *CELL]
    answered = scores[(as_text(scores["country"]) == "") & scores["pro_score"].notna()]
    asked = pd.MultiIndex.from_frame(answered[key].astype(str).drop_duplicates())
    short = asked.difference(pd.MultiIndex.from_frame(without_named(alignment)[key].astype(str)))
    if short.empty:
        return
    names = study.guide(short.get_level_values("language"))
    listed = [
        f"{study.label(model)} in {names.short_name(language)} ({elicitation})"
        for elicitation, _, model, language in short
    ]
    yield ""
    yield (
        "Not here, as too few of the questions answered are common to all groups "
        f"(`cultural_analysis.least_questions`): {', '.join(dict.fromkeys(listed))}."
    )


def _agreement_rows(rows: pd.DataFrame, study: CultureGuide) -> Iterator[list[str]]:
    names = study.guide(rows["language"])
    for model in order_models(rows):
        for code in order_languages(rows["language"], study):
            cell = rows[(rows["model"] == model) & (rows["language"] == code)]
            if cell.empty:
                continue
            parts = {str(row["part"]): row for row in cell.to_dict("records")}
            overall = parts.get("overall", {})
            distinctive = parts.get(DISTINCTIVE, {})
            yield [
                study.label(model),
                names.short_name(code),
                str(int(cell["n_questions"].iloc[0])),
                *(_write(parts.get(part)) for part in PARTS),
                format_score(float(distinctive.get("conformist", np.nan))),
                *(format_score(float(overall.get(name, np.nan))) for name in ("floor", "ceiling")),
            ]


def _write(row: Row | None, *, signed: bool = False) -> str:
    if row is None:
        return "–"
    text = write_estimate(row, signed=signed)
    return f"**{text}**" if row["word"] == DIFFERS else text


def _span_distinctive(alignment: pd.DataFrame) -> Iterator[str]:
    """Say from where to where distinctive agreement with countries reaches, natives apart."""
    rows = without_named(alignment)
    rows = rows[
        (rows["metric"] == METRIC) & (rows["part"] == DISTINCTIVE) & (rows["level"] == COUNTRY)
    ]
    if rows.empty:
        return
    yield "Distinctive agreement country by country (figure `cultural_alignment`):"
    yield ""
    for way, own in open_first(rows).groupby(WAY, sort=False):
        native = own["native"].astype(bool)
        said = [
            f"{name} countries {write_span(part['value'])} (a conformist's: "
            f"{write_span(part['conformist'])})"
            for name, part in (("native", own[native]), ("other", own[~native]))
        ]
        yield f"- {name_way(*map(str, way))}: {'; '.join(said)}"


def _contrast_rows(
    rows: pd.DataFrame, study: CultureGuide, published: dict[tuple[str, str], float]
) -> Iterator[list[str]]:
    names = study.guide(rows["language"])
    models = order_models(rows)
    for code in order_languages(rows["language"], study):
        for model in [*models, *([ALL] if len(models) > 1 else [])]:
            cell = rows[(rows["model"] == model) & (rows["language"] == code)]
            if cell.empty:
                continue
            parts = {str(row["part"]): row for row in cell.to_dict("records")}
            first = cell.iloc[0]
            beside = [format_score(published.get((model, code), np.nan))]
            yield [
                f"mean of {len(models)} models" if model == ALL else study.label(model),
                names.short_name(code),
                str(first["natives"]),
                str(int(first["n_questions"])),
                _write(parts.get("overall"), signed=True),
                _write(parts.get(DISTINCTIVE), signed=True),
                str(parts.get(DISTINCTIVE, {}).get("word", "–")),
                *(beside if published else []),
            ]


def _published_terms(original: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Give the published coefficients of the reference country by model and language."""
    if original.empty:
        return {}
    rows = published_rounds(original[original["kind"] == "us:model:language"])
    keys = zip(rows["model"].astype(str), rows["language"].astype(str), strict=True)
    return dict(zip(keys, rows["coefficient"].astype(float), strict=True))
