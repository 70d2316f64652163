"""Tables of contrasts: agreement with one country against that with the native ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.culture_reasons import say_no_contrast
from isogloss.figures.culture_study import (
    ALL,
    CultureGuide,
    as_text,
    open_first,
    order_languages,
    order_models,
    published_rounds,
    widest,
)
from isogloss.figures.formats import format_score
from isogloss.pipelines.reporting.culture_agreement import (
    CELL,
    DISTINCTIVE,
    METRIC,
    WAY,
    name_way,
)
from isogloss.pipelines.reporting.culture_words import judge, note_impossible, write_value
from isogloss.pipelines.reporting.markdown import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from isogloss.pipelines.reporting.culture_inputs import CulturePage


def tabulate_contrasts(inputs: CulturePage, study: CultureGuide) -> Iterator[str]:
    """Write agreement with the reference country minus that with the native countries.

    Args:
        inputs: the tables of the study.
        study: labels and names.
    """
    rows = leave_out_unchanged(judge_contrasts(inputs["contrasts"]))
    if rows.empty:
        alignment = inputs["alignment"]
        yield say_no_contrast(alignment[alignment["metric"] == METRIC])
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
        if note := note_impossible(own):
            yield from ["", note]
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
            f"the sound version. {_say_fit(inputs['original_us_bias'])}"
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
                write_value(parts.get("overall"), signed=True),
                write_value(parts.get(DISTINCTIVE), signed=True),
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


def _say_fit(original: pd.DataFrame) -> str:
    fit = published_rounds(original).iloc[0]
    n, rounds = int(fit["n"]), int(fit["rounds"])
    of = f" ({n // rounds:,} cells in {rounds} rounds of the bootstrap)" if rounds else ""
    explained = format_score(float(fit["r_squared"]), 3)
    return f"Its least squares rest on n = {n:,}{of}; R² = {explained}."
