"""The model zoo: the entries of the catalog that describe language models and chat models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CHAT = ".chat"
SUFFIXES = (".lm", CHAT)
ABSENT = "absent"
"""In place of the credentials of a chat model: there are none of the name that follows."""


def name_models(catalog: Mapping[str, Any]) -> dict[str, Any]:
    """Give every entry `<name>.lm` or `<name>.chat` its name, under which its results are filed.

    Args:
        catalog: name of an entry -> its configuration.

    Returns:
        The catalog, with `name` in the entries of models.

    Raises:
        Refusal: if an entry names its model otherwise than its key, as a copy that was not renamed
            does: the results of two models would get mixed up.
    """
    named = dict(catalog)
    for key, entry in catalog.items():
        if not key.endswith(SUFFIXES):
            continue
        name, _, suffix = key.rpartition(".")
        if entry.get("name", name) != name:
            raise Refusal(
                f"The catalog entry '{key}' has `name: {entry['name']}`: the name of a model is "
                f"what stands before .{suffix}. Delete the line `name`, or rename the entry to "
                f"'{entry['name']}.{suffix}'."
            )
        named[key] = {**entry, "name": name}
    return named


def excuse_absent_credentials(catalog: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Let chat models that are not used lack their credentials; Kedro would refuse every run.

    Args:
        catalog: name of an entry -> its configuration.
        known: names of the credentials that there are.

    Returns:
        The catalog, in which chat models say themselves that theirs are absent.

    Raises:
        Refusal: if a key stands in the catalog itself.
    """
    excused = dict(catalog)
    for key, entry in catalog.items():
        name = entry.get("credentials") if key.endswith(CHAT) else None
        if name is not None and not isinstance(name, str):
            raise Refusal(
                f"The catalog entry '{key}' holds its credentials. Write them into "
                "conf/local/credentials.yml under a name, and that name here."
            )
        if name is not None and name not in known:
            excused[key] = {**entry, "credentials": {ABSENT: name}}
    return excused
