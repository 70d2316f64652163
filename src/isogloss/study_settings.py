"""How the registry reads single settings: words, members of a group, sources of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.config import ConfigurationError
from isogloss.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read_words(given: object) -> list[str]:
    """Give the words of a list, which on the command line is one text."""
    if given is None:
        return []
    if isinstance(given, str):
        return given.split()
    return [str(word) for word in given] if isinstance(given, list | tuple) else [str(given)]


def read_setting(group: str, name: str, purpose: str, parameters: Mapping[str, Any]) -> Any:
    """Give a setting of a group of parameters; None if it, or the group, is left out.

    Args:
        group: name of the group.
        name: of the setting.
        purpose: of the setting, for the message: `To choose tasks`.
        parameters: of the session.

    Raises:
        ConfigurationError: if the group was given a value of its own.
    """
    settings = parameters.get(group, {})
    if not isinstance(settings, dict):
        raise ConfigurationError(
            f"{group} = {settings!r}: it has settings of its own. {purpose}, write "
            f"{group}.{name}={settings}."
        )
    return settings.get(name)


def require_source(setting: str, name: object, kind: str, catalog: Mapping[str, Any]) -> str:
    """Check that the catalog has an entry `<name>_<kind>`, and give the name.

    Args:
        setting: that names it, for the message.
        name: of the source.
        kind: ending of the entries of such sources.
        catalog: of the session.

    Raises:
        ConfigurationError: if it has not.
    """
    known = [entry.removesuffix(f"_{kind}") for entry in catalog if entry.endswith(f"_{kind}")]
    if str(name) not in known:
        raise ConfigurationError(
            f"{setting}: there is no source '{name}'.{suggest(str(name), known)} There are: "
            f"{', '.join(known)}."
        )
    return str(name)


def choose_words(
    setting: str, given: object, known: Sequence[str], also: Sequence[str], what: str
) -> list[str]:
    """Give the words of a setting, each of which must be known.

    Args:
        setting: its name, for the message.
        given: its value.
        known: words that name something.
        also: further words that are allowed, such as `none`.
        what: the known words name, for the message.

    Raises:
        ConfigurationError: for a word that is not.
    """
    words = read_words(given)
    for word in words:
        if word not in (*known, *also):
            raise ConfigurationError(
                f"{setting}: there is no {what} '{word}'.{suggest(word, known)} "
                f"There are: {', '.join([*known, *also])}."
            )
    return words
