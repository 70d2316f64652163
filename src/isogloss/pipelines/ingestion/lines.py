"""Sentences from the bytes of a line-aligned file, with errors that name file, line and remedy."""

from __future__ import annotations

import codecs
import shlex
import unicodedata
from typing import TYPE_CHECKING

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDE_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# Other programs count lines differently at these, so alignment would depend on who reads the file.
FOREIGN_LINE_BREAKS = ("\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")


class CorpusError(Refusal):
    """A raw corpus cannot be read as parallel sentences; says where and how to mend it."""


def read_lines(name: str, content: bytes) -> list[str]:
    """Split a UTF-8 file into its lines, unchanged.

    Args:
        name: of the file, with its path, for messages and the commands in them.
        content: of the file.

    Raises:
        CorpusError: byte order mark, another encoding, CR or another foreign line break, NUL,
            empty file or empty line; what a command mends in the whole file is named together.
    """
    _refuse_wide_encoding(name, content)
    bare = content.removeprefix(codecs.BOM_UTF8)
    text = _decode(name, bare)
    if not text.strip():
        raise CorpusError(f"{name}: the file is empty. Give it one sentence a line.")
    lines = text.removesuffix("\n").split("\n")
    if faults := list(_faults_of_file(name, lines, has_mark=content.startswith(codecs.BOM_UTF8))):
        raise CorpusError("\n".join(faults))
    for number, line in enumerate(lines, start=1):
        _check_line(name, number, line)
    return lines


def _refuse_wide_encoding(name: str, content: bytes) -> None:
    for mark, encoding in WIDE_BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            raise CorpusError(
                f"{name}, line 1: the file starts with a {encoding} byte order mark. "
                f"Mend: {_convert(name, encoding)}"
            )


def _faults_of_file(name: str, lines: Sequence[str], *, has_mark: bool) -> Iterator[str]:
    """Describe what is wrong with a file as a whole, each with the command that mends it."""
    file = shlex.quote(name)
    if has_mark:
        yield (
            f"{name}, line 1: the file starts with a UTF-8 byte order mark. "
            f"Mend: sed -i '1s/^\\xEF\\xBB\\xBF//' {file}"
        )
    if windows := [number for number, line in enumerate(lines, start=1) if line.endswith("\r")]:
        yield (
            f"{name}, line {windows[0]}: the line ends in CR LF (Windows)"
            f"{_and_others(len(windows) - 1)}. Mend: sed -i 's/\\r$//' {file}"
        )
    last = max(number for number, line in enumerate(lines, start=1) if line.strip())
    if last < len(lines):
        yield (
            f"{name}: nothing follows line {last} but empty lines, {len(lines) - last} in all. If "
            f"the other files end there too, remove them: sed -i '{last + 1},$d' {file}"
        )


def _and_others(number: int) -> str:
    return f", as do {number} others" if number > 1 else ", as does another" if number else ""


def _convert(name: str, encoding: str) -> str:
    """Give the command that converts a file to UTF-8 in its place."""
    old, new = shlex.quote(name), shlex.quote(f"{name}.utf8")
    return f"iconv -f {encoding} -t UTF-8 {old} > {new} && mv {new} {old}"


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise CorpusError(
            f"{name}, line {number}: byte 0x{content[error.start]:02X} at position {column} is not "
            f"UTF-8. Mend: {_convert(name, 'ENCODING')}, with the file's own encoding for "
            "ENCODING, for example ISO-8859-1 or WINDOWS-1252."
        ) from None


def _check_line(name: str, number: int, line: str) -> None:
    if not line.strip():
        raise CorpusError(
            f"{name}, line {number}: the line is empty. Translate the sentence, or remove this "
            "line from the files of all languages."
        )
    for character in FOREIGN_LINE_BREAKS:
        if character in line:
            raise CorpusError(
                f"{name}, line {number}: the line holds U+{ord(character):04X} "
                f"({unicodedata.name(character, 'a line break')}), which some programs take for a "
                "line break. Replace it by a blank in this line."
            )
    if "\x00" in line:
        raise CorpusError(f"{name}, line {number}: the line holds a NUL character. Remove it.")
