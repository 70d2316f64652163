"""The languages in which models were asked, where a setting follows those of the prompts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from isogloss.errors import suggest
from isogloss.pipelines.cultural.prompt_parameters import ALL, ASKED
from isogloss.pipelines.cultural.prompt_tables import PromptTableError, choose_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters

logger = logging.getLogger(__name__)


def choose_languages(
    wanted: Sequence[str], prompts: SurveyPromptParameters, known: Iterable[str], setting: str
) -> list[str]:
    """Give the languages that are asked for, in the order of the table.

    Args:
        wanted: codes, `all`, or `asked`: those of the prompts that the table has; others are named.
        prompts: which say in what languages prompts are made.
        known: those that there are.
        setting: where they were asked for.

    Raises:
        PromptTableError: if there is no language of that name, or none of those asked.
    """
    there = list(dict.fromkeys(known))
    if tuple(wanted) != (ASKED,):
        return choose_names(wanted, there, setting)
    if tuple(prompts.languages) == (ALL,):
        return there
    lacking = [code for code in prompts.languages if code not in there]
    if len(lacking) == len(prompts.languages):
        near = "".join(suggest(code, there) for code in lacking)
        raise PromptTableError(
            f"survey_prompts.languages names {' '.join(lacking)}, which the table that {setting} "
            f"chooses from does not have.{near} It has: {' '.join(there)}. Mend "
            f"survey_prompts.languages, or set {setting} to others than {ASKED}."
        )
    if lacking:
        logger.warning("%s=%s: the table has no %s.", setting, ASKED, " ".join(lacking))
    return [code for code in there if code in prompts.languages]
