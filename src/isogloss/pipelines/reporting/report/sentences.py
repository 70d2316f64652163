"""Claims as the report tells them: each sentence with its table and its formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from isogloss.pipelines.reporting.claim_wording import render
from isogloss.pipelines.reporting.report.links import Link, formula_link, table_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from isogloss.pipelines.reporting.claim_told import Names


class Sentence(NamedTuple):
    """A claim in words.

    Attributes:
        text: what is said.
        wording: how far it is carried: shown, differs, not separable, not tested, synthetic.
        source: its table.
        formula: where the docs state what the number is.
    """

    text: str
    wording: str
    source: Link
    formula: Link


def tell_claims(
    claims: pd.DataFrame, names: Names, files: Mapping[str, str], docs: str
) -> list[Sentence]:
    """Tell claims in the order of the table.

    Args:
        claims: rows of the table of claims.
        names: of models and languages.
        files: name in the catalog -> file, as seen from the report.
        docs: way from the report to the built docs.
    """
    return [
        Sentence(
            render(row, names),
            str(row["wording"]),
            table_link(str(row["source"]), files),
            formula_link(str(row["formula"]), docs),
        )
        for row in claims.to_dict("records")
    ]
