"""A checksum inside a parquet file, by which a flipped bit is told anywhere in it.

Parquet's own checksums leave out the footer, which holds names, types and notes. The seal stands
between the data and the footer, where readers do not look: other programs read sealed files as any.
"""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK = b"isogloss"
SEAL_BYTES = len(MARK) + 4
TAIL_BYTES = 8
"""At the end of every parquet file: how long its footer is, and four letters."""
CHUNK_BYTES = 1 << 22


class BrokenSealError(ValueError):
    """A file is no longer what was written."""


def seal(path: Path) -> None:
    """Put the checksum of a parquet file into it.

    Args:
        path: of a file that nobody reads yet.
    """
    with path.open("r+b") as file:
        footer = _find_footer(file)
        checksum = _checksum(file, 0, footer)
        file.seek(footer)
        rest = file.read()
        file.seek(footer)
        file.write(MARK + zlib.crc32(rest, checksum).to_bytes(4, "little") + rest)


def require_whole(path: Path) -> None:
    """Refuse a sealed file that has changed; files without a seal, made elsewhere, pass.

    Args:
        path: of a parquet file.

    Raises:
        BrokenSealError: if its content does not fit its checksum.
    """
    with path.open("rb") as file:
        footer = _find_footer(file)
        start = footer - SEAL_BYTES
        if start < 0:
            return
        file.seek(start)
        mark, noted = file.read(len(MARK)), int.from_bytes(file.read(4), "little")
        if mark != MARK:
            return
        checksum = _checksum(file, 0, start)
        file.seek(footer)
        if zlib.crc32(file.read(), checksum) != noted:
            raise BrokenSealError("its content does not fit its checksum")


def _find_footer(file: IO[bytes]) -> int:
    """Give where the footer of a parquet file begins; 0 if it cannot be one."""
    end = file.seek(0, 2)
    if end < TAIL_BYTES:
        return 0
    file.seek(end - TAIL_BYTES)
    return max(0, end - TAIL_BYTES - int.from_bytes(file.read(4), "little"))


def _checksum(file: IO[bytes], start: int, end: int) -> int:
    file.seek(start)
    checksum, left = 0, end - start
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        checksum = zlib.crc32(chunk, checksum)
        left -= len(chunk)
    return checksum
