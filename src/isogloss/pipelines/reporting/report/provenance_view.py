"""What the report says of where everything comes from: data, models, programs, settings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from isogloss.pipelines.reporting.report.sections import Section

_OF_A_MODEL = frozenset({"weights", "tokenizer", "config"})
_DIGEST = re.compile(r"[0-9a-f]{16,64}")


class Digest(NamedTuple):
    """A digest of something that a result rests on.

    Attributes:
        what: it is of, such as `embedded_languages deu texts`.
        digest: as noted with the tables.
        tables: that rest on it.
    """

    what: str
    digest: str
    tables: list[str]


BASE, LOCAL = "base", "local"


def list_digests(sections: Sequence[Section], models: Collection[str] = ()) -> list[Digest]:
    """List the digests of texts, weights and tokenizers that tables were made from.

    Args:
        sections: with what each of their tables was made from.
        models: of the run; what belongs to one of them, not to all, is called after it.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for section in sections:
        for table, sources in section["made_from"].items():
            for path, value in _walk(sources):
                if _DIGEST.fullmatch(str(value)):
                    what = _name_digest(path, table, models)
                    tables = found.setdefault((what, str(value)), [])
                    tables.extend([table] if table not in tables else [])
    return [Digest(what, digest, tables) for (what, digest), tables in sorted(found.items())]


def _name_digest(path: tuple[str, ...], table: str, models: Collection[str]) -> str:
    """Name a digest by the end of its way; what is a model's own by the model as well."""
    shown = path[-3:]
    if path[-1] not in _OF_A_MODEL or not {*models}.isdisjoint(shown):
        return " ".join(shown)
    owner, dot, _ = table.partition(".")
    known = [owner] if dot else [part for part in path if part in models][-1:]
    return " ".join([*known, *(part for part in shown if part not in known)])


def describe_run(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is known of the run, ready to be shown.

    Args:
        facts: as the hooks note them; may be empty.
    """
    commit = str(facts.get("commit") or "")
    state = "with changes that are not committed" if facts.get("changed") else "as committed"
    return {
        "date": facts.get("date", ""),
        "commit": f"{commit}, {state}" if commit else "unknown: not run from a git checkout",
        # What is run without `--env` is base, with what conf/local changes in it.
        "environment": BASE if facts.get("environment") == LOCAL else facts.get("environment", ""),
        "versions": facts.get("versions", {}),
        "models": {
            name: {key: _in_words(value) for key, value in model.items()}
            for name, model in facts.get("models", {}).items()
        },
        "seeds": {name: _in_words(seed) for name, seed in facts.get("seeds", {}).items()},
        "changed": {
            name: [_in_words(value) for value in values]
            for name, values in facts.get("changed_parameters", {}).items()
        },
    }


def _in_words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, (*path, str(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path)
    else:
        yield path, value
