"""What figures of mediation call roles, components and kinds of pairs, and which rows they show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from isogloss.errors import Refusal, suggest
from isogloss.figures.families import guide_languages
from isogloss.figures.formats import format_score
from isogloss.figures.tables import model_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

KINDS = {
    "count_swap": "a member and a non-member swapped",
    "null_swap": "two words of one kind swapped",
    "irrelevant": "a swap under another category",
    "relocation": "a member and a non-member change places",
    "irrelevant_relocation": "a change of places under another category",
    "reordering": "two words of one kind change places",
    "control": "positive control: naming one item",
    "category_swap": "one list asked for two categories",
}
COMPONENTS = {
    "residual": "residual stream",
    "attention": "attention output",
    "mlp": "MLP output",
    "head": "attention heads",
    "query": "queries of attention heads",
}
OUTCOMES = {
    "log_odds": "log-odds, nats",
    "expected_count": "expected count",
    "up": "log-odds of one more, nats",
    "down": "log-odds of one less, nats",
    "divergence": "divergence, nats",
    "flip": "changed answers",
}
EFFECTS = {
    "noising": "the base takes the donor's activation",
    "denoising": "the donor takes the base's activation",
    "direct": "total less denoising",
    "interaction": "denoising less noising",
}
EVERYWHERE = "all"
OPEN = "open"
LEVEL = 0.05
NAMED = {"first": "", "last": ", category named behind the list"}
SEPARATORS = {
    "usual": "",
    "line": ", items in lines of their own",
    "blank": ", items parted by blanks",
    "semicolon": ", items parted by semicolons",
}
_LAYOUTS = {"named": NAMED, "separators": SEPARATORS}
CATEGORY_SWAP = "category_swap"
_AHEAD = ("category", "instruction")
_FIRST = ("swapped", "swapped_first", "swapped_middle", "swapped_last", "swapped_separator")
_OTHER = ("other", "other_first", "other_middle", "other_last", "other_separator")
_LAST = (
    "list_end",
    "question",
    "category",
    "template",
    "category_again",
    "answer_prefix",
    "final",
    EVERYWHERE,
)
_NAMES = {
    "swapped": "swapped word",
    "swapped_first": "its first token",
    "swapped_middle": "its middle tokens",
    "swapped_last": "its last token",
    "swapped_separator": "separator behind it",
    "other": "second word",
    "other_first": "its first token",
    "other_middle": "its middle tokens",
    "other_last": "its last token",
    "other_separator": "separator behind it",
    "instruction": "instruction behind it",
    "list_end": "end of the list",
    "question": "question",
    "category": "category",
    "template": "chat template",
    "category_again": "category, named again",
    "answer_prefix": "answer prefix",
    "final": "final token",
    EVERYWHERE: "sum of all roles",
}
_NUMBERED = re.compile(r"(item|separator|gap|gap_separator)_([+-]?\d+)(_part)?")


@dataclass(frozen=True)
class MediationGuide:
    """What figures of mediation need beside the summary.

    Attributes:
        labels: model -> what to call it.
        languages: table of languages.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    languages: pd.DataFrame | None = None

    def title(self, rows: pd.DataFrame, text: str) -> str:
        """Begin a title with model and language of some rows, and end it with an unusual layout.

        Args:
            rows: of one model, language and layout.
            text: the rest.
        """
        layout = "".join(
            names[str(rows[column].iloc[0])] for column, names in _LAYOUTS.items() if column in rows
        )
        return f"{model_label(rows, self.labels)}, {self.language(rows)}: {text}{layout}"

    def language(self, rows: pd.DataFrame) -> str:
        """Name the language of some rows."""
        code = str(rows["language"].iloc[0])
        if self.languages is None:
            return code
        return guide_languages(self.languages, [code]).name(code)


@dataclass(frozen=True)
class View:
    """Which effects of a model a figure shows.

    Attributes:
        language: code.
        kind: of the pairs.
        effect: `noising`, `denoising`, `direct` or `interaction`.
        outcome: what is read from the answers, or `auto`: the first that these pairs have.
        named: whether the category is named before the list (`first`) or behind it (`last`).
        separators: what stands between items.
        part: of the pairs, where they are split: `discovery` or `confirmation`.
    """

    language: str
    kind: str = "count_swap"
    effect: str = "denoising"
    outcome: str = "auto"
    named: str = "first"
    separators: str = "usual"
    part: str = "all"

    def choose(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Choose the rows of a summary: all effects of these pairs in one outcome.

        Raises:
            Refusal: if there are none; says which there are.
        """
        keys = {"language": self.language, "kind": self.kind, "named": self.named}
        keys |= {"separators": self.separators, "part": self.part, "subset": "all"}
        rows = choose_rows(summary, "mediation_summary", **keys)
        known = [name for name in OUTCOMES if name in set(rows["outcome"])]
        outcome = known[0] if self.outcome == "auto" and known else self.outcome
        return choose_rows(rows, "mediation_summary", outcome=outcome)


def choose_rows(table: pd.DataFrame, what: str, **wanted: str) -> pd.DataFrame:
    """Choose the rows of a summary that have some values.

    Args:
        table: a summary.
        what: the table is called in messages.
        **wanted: column -> value; a column that the table lacks is not looked at.

    Raises:
        Refusal: if a value is not there; says which there are.
    """
    rows = table
    for name, value in wanted.items():
        if name not in rows or rows.empty:
            continue
        known = [str(one) for one in dict.fromkeys(rows[name].dropna())]
        if value not in known:
            raise Refusal(
                f"{what} has no rows with {name} {value!r}.{suggest(value, known)} It has "
                f"{', '.join(known)}."
            )
        rows = rows[rows[name] == value]
    return rows


def order_roles(roles: Iterable[str], *, category_ahead: bool = False) -> list[str]:
    """Put roles into the order in which they are read, unknown ones last.

    Args:
        roles: of tokens.
        category_ahead: whether the category, and the instruction behind it, come before all others.
    """
    found = sorted(set(roles), key=_place)
    ahead = [role for role in _AHEAD if role in found] if category_ahead else []
    return ahead + [role for role in found if role not in ahead]


def is_category_ahead(rows: pd.DataFrame) -> bool:
    """Say whether the category is the first thing that is patched, as where it is swapped."""
    return bool((rows["kind"] == CATEGORY_SWAP).all())


def _place(role: str) -> tuple[int, int, int, str]:
    if role in _FIRST:
        return (0, _FIRST.index(role), 0, "")
    if role in _OTHER:
        return (2, _OTHER.index(role), 0, "")
    if role in _LAST:
        return (4, _LAST.index(role), 0, "")
    if found := _NUMBERED.fullmatch(role):
        kind, number, part = found.groups()
        within = 0 if part else 2 if "separator" in kind else 1
        return (1 if kind.startswith("gap") else 3, int(number), within, "")
    return (5, 0, 0, role)


def role_label(role: str) -> str:
    """Name a role in words: `item +2`, `separator +2`, `in between 1`."""
    if role in _NAMES:
        return _NAMES[role]
    if found := _NUMBERED.fullmatch(role):
        kind, number, part = found.groups()
        name = {"gap": "in between", "gap_separator": "separator in between"}.get(kind, kind)
        return f"{name} {number}" + (", earlier tokens" if part else "")
    return role.replace("_", " ")


def describe_total(rows: pd.DataFrame) -> str:
    """Write the total effect with its interval: `total effect .02 [-.01, .05] nats`.

    Args:
        rows: of one kind and outcome.
    """
    total = rows[rows["effect"] == "total"].iloc[0]
    unit = "" if total["outcome"] == "expected_count" else " nats"
    low, high = float(total["ci_low"]), float(total["ci_high"])
    largest = max(abs(low), abs(high))
    digits = 2 if largest >= 0.1 else 3 if largest >= 0.02 else 4
    ends = ", ".join(format_score(end, digits) for end in (low, high))
    return f"total effect {format_score(float(total['mean']), digits)} [{ends}]{unit}"


def is_open(rows: pd.DataFrame) -> bool:
    """Say whether shares of the total effect may be given."""
    return bool((rows["gate"] == OPEN).all())


def gate_remark(rows: pd.DataFrame) -> str:
    """Say behind the total effect why no shares are given, or what it was not compared with."""
    remark = str(rows["remark"].iloc[0])
    joined = "; " if is_open(rows) else ": "
    return joined + remark if remark else ""


def null_result(rows: pd.DataFrame) -> str:
    """Say in a title that there is nothing to mediate; empty if there is, or none is expected."""
    expected = str(rows["kind"].iloc[0]) in ("count_swap", "control", CATEGORY_SWAP)
    return "" if is_open(rows) or not expected else " (null result)"


def count_rows(rows: pd.DataFrame) -> str:
    """Write how many pairs and categories the total effect rests on."""
    total = rows[rows["effect"] == "total"].iloc[0]
    return f"{int(total['n_pairs'])} pairs of {int(total['n_categories'])} categories"
