"""What figures of merging need to know of the study, and what must be said below each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.tables import model_label
from isogloss.figures.task_tables import pick_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

_UNKNOWN = " unknown"
_NAMED = 8
"""How many locales a sentence names."""


@dataclass(frozen=True)
class StudyGuide:
    """What all figures of merging need to know beside the tables that they draw.

    Attributes:
        labels: encoder -> what to call it.
        locales: the table of locales: locale, language, name, script.
        languages: the table of languages.
        spelling: `locale_spelling`: locale, spelled, unknown_share; None if all can be spelled.
        english_encoder: whether the encoder was trained on English alone; captions say so.
        sample: whether the intents were written for this project; captions say so.
    """

    labels: Mapping[str, str]
    locales: pd.DataFrame
    languages: pd.DataFrame
    spelling: pd.DataFrame | None = None
    english_encoder: bool = False
    sample: bool = False

    @property
    def unspelled(self) -> dict[str, str]:
        """Locale that the encoder cannot spell -> reason: `31% unknown`."""
        if self.spelling is None:
            return {}
        rows = self.spelling[~self.spelling["spelled"].astype(bool)]
        shares = rows.groupby("locale", sort=False)["unknown_share"].max()
        return {str(locale): _write_share(share) + _UNKNOWN for locale, share in shares.items()}

    def guide(self, present: Iterable[str]) -> LanguageGuide:
        """Look up names, families and scripts of locales; the guide's keys are locales."""
        families = self.languages[["language", "family"]]
        listed = self.locales.merge(families, on="language", how="left", validate="many_to_one")
        by_locale = listed[["locale", "name", "family", "script"]]
        return guide_languages(by_locale.rename(columns={"locale": "language"}), present)

    def title(self, table: pd.DataFrame, text: str) -> str:
        """Put the encoder before the subject of a figure: `MiniLM: accuracy by locale`.

        Args:
            table: of `pick_encoder`.
            text: the subject.
        """
        known = table[table["model"] != ""]
        if known.empty:
            return text[0].upper() + text[1:]
        return f"{model_label(known, self.labels)}: {text}"

    def warnings(self, *tables: pd.DataFrame, intervals: bool = True) -> list[str]:
        """Say how far the numbers go: one seed, an English encoder, a sample of the project's own.

        Args:
            *tables: that are drawn.
            intervals: whether the figure shows any.
        """
        seeds = {seed for table in tables if "seed" in table for seed in table["seed"]}
        known = {
            "one seed": len(seeds) == 1,
            "English encoder": self.english_encoder,
            "sample written for this project": self.sample or any(map(_is_sample, tables)),
        }
        said = ", ".join(text for text, holds in known.items() if holds)
        one = "Intervals leave training out: another run may differ by more than they say"
        several = f"Mean over {len(seeds)} seeds" + ("; so are the bounds" if intervals else "")
        return [
            said[:1].upper() + said[1:],
            one if intervals and len(seeds) == 1 else "",
            several if len(seeds) > 1 else "",
        ]

    def explain_unspelled(self, drawn: Iterable[str], consequence: str) -> str:
        """Name the locales that the encoder cannot spell, why, and what follows; may be empty.

        Args:
            drawn: locales of the figure.
            consequence: what the figure does with them: `hatched, in no mean`.
        """
        found = [locale for locale in self.unspelled if locale in set(drawn)]
        if not found:
            return ""
        shares = [f"{locale} {self.unspelled[locale].removesuffix(_UNKNOWN)}" for locale in found]
        what = "Not spelled by the encoder (share of tokens unknown to it)"
        return f"{what}, {consequence}: {shorten(shares)}"


def pick_encoder(table: pd.DataFrame, encoder: str | None) -> pd.DataFrame:
    """Keep the rows of one encoder, whose name is then in the column `model`.

    Args:
        table: with the column encoder; without it the encoder is not named.
        encoder: its name; None where the table holds only one.

    Raises:
        Refusal: if there is no row of the encoder.
    """
    own = table.reset_index(drop=True)
    if "encoder" not in own:
        return own.assign(model="")
    own = own.rename(columns={"encoder": "model"})
    return pick_model(own, encoder) if len(own) else own


def average_seeds(table: pd.DataFrame, keys: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """Average numbers over the seeds; other columns keep their first value.

    Args:
        table: rows of one encoder.
        keys: what a row of the result is.
        numbers: columns to average, of those that are there.

    Returns:
        One row a combination of the keys, in the order of their first appearance.
    """
    ways = {
        str(name): "mean" if name in numbers else "first"
        for name in table.columns
        if name not in keys
    }
    if table.empty:
        return table
    averaged = table.astype({name: float for name in ways if name in numbers})
    return averaged.groupby(list(keys), sort=False, dropna=False).agg(ways).reset_index()


def _write_share(share: float) -> str:
    """Write `31%`, and shares near the limit as `2.4%`."""
    return f"{100 * share:.{0 if share >= 0.1 else 1}f}%"


def _is_sample(table: pd.DataFrame) -> bool:
    return "synthetic" in table and bool(table["synthetic"].astype("boolean").fillna(False).any())


def shorten(names: Sequence[str], most: int = _NAMED) -> str:
    """List names, and of more than so many how many there are beside: `a, b and 3 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def say_left_out(labels: Sequence[str]) -> str:
    """Say which approaches a figure does not show; empty if it shows all."""
    if not labels:
        return ""
    return f"Not shown: {len(labels)} more approaches ({shorten(labels)})"
