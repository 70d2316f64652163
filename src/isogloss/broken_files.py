"""Files of the configuration that are no YAML, in words that repeat no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from yaml import MarkedYAMLError, YAMLError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HOLDS_KEYS = "credentials"
ENDINGS = (".yml", ".yaml", ".json")


def describe_broken_files(folders: Iterable[Path]) -> str:
    """Say which files cannot be read, where, and how to mend them; nothing if all can.

    Args:
        folders: of the configuration, such as conf/base and conf/local.
    """
    paths = {path: None for folder in folders for path in sorted(folder.rglob("*"))}
    faults = [(path, _fault(path)) for path in paths if path.suffix in ENDINGS]
    return "\n".join(f"{path}{fault}" for path, fault in faults if fault)


def _fault(path: Path) -> str:
    try:
        content = OmegaConf.load(path)
    except UnicodeDecodeError:
        return " is not UTF-8. Save it as such."
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        # What a file of credentials holds may be a key, also in the words of an error.
        problem = f" ({error.problem})" if error.problem and HOLDS_KEYS not in str(path) else ""
        return (
            f"{place} is no YAML{problem}. Near there a quotation mark, a colon or a bracket is "
            "missing or too many, or a line is not indented by blanks as its neighbours are."
        )
    except YAMLError:
        return " is no YAML. Save it as plain text in UTF-8."
    if not isinstance(content, DictConfig):
        return " holds a list. It must hold lines of the form `name: value`."
    return ""
