"""The model zoo: the entries of the catalog that describe language models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIX = ".lm"


def name_models(catalog: Mapping[str, Any]) -> dict[str, Any]:
    """Give every entry `<name>.lm` its name, under which the results of the model are filed.

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
        if not key.endswith(SUFFIX):
            continue
        name = key.removesuffix(SUFFIX)
        if entry.get("name", name) != name:
            raise Refusal(
                f"The catalog entry '{key}' has `name: {entry['name']}`: the name of a model is "
                f"what stands before {SUFFIX}. Delete the line `name`, or rename the entry to "
                f"'{entry['name']}{SUFFIX}'."
            )
        named[key] = {**entry, "name": name}
    return named
