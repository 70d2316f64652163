"""What mediation shows of a model and language, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.formats import count_things
from isogloss.figures.mediation_names import NAMED, OPEN, SEPARATORS
from isogloss.figures.mediation_statements import is_tested
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    import pandas as pd

COUNTED, CONTROL = "count_swap", "control"
NOTHING = "no total effect to mediate"
"""How remarks on gates begin where there is none."""
_NOT_SKILLED = "the model counts no better than one constant answer"
_BETTER = "counts better than one constant answer"
_NO_BETTER = "counts no better than one constant answer"


def sum_up(gates: pd.DataFrame, hypotheses: pd.DataFrame) -> str:
    """Say whether a model counts, whether there is anything to mediate, and whether patches work.

    Args:
        gates: `mediation_gates` of one model and language, of all pairs.
        hypotheses: `mediation_hypotheses` of these.
    """
    swaps = gates[gates["kind"] == COUNTED]
    return "; ".join([_say_skill(gates), _say_effect(swaps), _say_patches(gates, hypotheses)])


def _say_skill(gates: pd.DataFrame) -> str:
    asked = gates.dropna(subset=["accuracy"])
    if asked.empty:
        return "was not asked to count"
    better = asked["accuracy_ci_low"] > asked["best_constant"]
    if better.all() or not better.any():
        return _BETTER if better.all() else _NO_BETTER
    return f"{_BETTER} in some prompts ({_name_layouts(asked[better])}), not in all"


def _name_layouts(gates: pd.DataFrame) -> str:
    layouts = gates[["named", "separators"]].drop_duplicates().itertuples(index=False)
    return " / ".join(
        (NAMED[named] + SEPARATORS[separators]).removeprefix(", ") or "the usual ones"
        for named, separators in layouts
    )


def _list_reasons(gates: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(part for one in gates["remark"] for part in one.split("; ")))


def _say_effect(swaps: pd.DataFrame) -> str:
    if swaps.empty:
        return "whether there is anything to mediate was not looked at (no count swaps)"
    if (swaps["gate"] == OPEN).any():
        return "there is an effect to mediate"
    if swaps["remark"].str.startswith(NOTHING).all():
        return "nothing to mediate, so that no layer or role can be named"
    # That the model does not count has been said, but where it is the only reason.
    others = [one for one in _list_reasons(swaps) if one != _NOT_SKILLED]
    return f"no shares of the effect may be given ({', '.join(others or [_NOT_SKILLED])})"


def _say_patches(gates: pd.DataFrame, hypotheses: pd.DataFrame) -> str:
    """Judge by what was stated of patches that work; without that, by the control's gate."""
    stated = hypotheses[(hypotheses["predicts"] == "works") & is_tested(hypotheses)]
    if len(stated):
        return _say_stated(stated)
    control = gates[gates["kind"] == CONTROL]
    if control.empty:
        return "whether patches work was not looked at (no control)"
    if (control["gate"] == OPEN).any():
        return "nothing was stated of the control by which patches are judged: see its shares below"
    return f"whether patches work is not known (control: {', '.join(_list_reasons(control))})"


def _say_stated(stated: pd.DataFrame) -> str:
    number = len(stated)
    verdicts = [row.verdict for row in named_rows(stated)]
    of_all = f"of {count_things(number, 'statement')} about them"
    if contradicted := verdicts.count("contradicted"):
        return f"patches do not work as they should ({contradicted} {of_all} contradicted)"
    supported = verdicts.count("supported")
    if supported == number:
        return f"patches work ({supported} {of_all} supported)"
    return f"whether patches work is left open ({supported} {of_all} supported)"
