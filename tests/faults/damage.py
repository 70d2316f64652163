"""Ways of damaging a file, drawn at random, and values that have broken readers before."""

from __future__ import annotations

from hypothesis import strategies as st

HOSTILE = [
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"\r", b"\n\n", b"\r\n", b'"', b"'", b",", b";", b"\t", b"\\", b"{", b"}", b"]"),
    *(b"[" * 3000, b'{"a":' * 3000, b"null", b"true", b'""', b'"\\ud800"', b"x" * 70_000),
    *(b"NaN", b"Infinity", b"-0", b"1e999", b"9" * 5000, b"1.5", b"0x10"),
    *("\u2028\u0085\u200f".encode(), b"../../../etc/passwd", b"/etc/passwd", b"%s%n"),
    *(b"=cmd()", b"<script>", b"\x1f\x8b\x08", b"PK\x03\x04", b"__import__('os')"),
]
"""Bytes that are put into a file."""


Damage = tuple[str, float, float, bytes]


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Draw what is left of a file after one to four kinds of damage."""
    return damages().map(lambda each: apply(content, each))


def damages() -> st.SearchStrategy[list[Damage]]:
    """Draw one to four kinds of damage, for `apply`."""
    return st.lists(_damage_of_a_kind(), min_size=1, max_size=4)


def _damage_of_a_kind() -> st.SearchStrategy[Damage]:
    kind = st.sampled_from(["flip", "cut", "drop", "insert", "replace", "repeat", "swap", "whole"])
    share = st.floats(0, 1, exclude_max=True)
    piece = st.one_of(st.sampled_from(HOSTILE), st.binary(max_size=8))
    return st.tuples(kind, share, share, piece)


def apply(content: bytes, damages: list[Damage]) -> bytes:
    """Give what is left of a file."""
    for kind, one, two, piece in damages:
        first, second = sorted((int(one * len(content)), int(two * len(content))))
        content = _damage(content, kind, first, second, piece)
    return content


def _damage(content: bytes, kind: str, first: int, second: int, piece: bytes) -> bytes:
    middle, before, after = content[first:second], content[:first], content[second:]
    flipped = bytes(byte ^ (1 << (second % 8)) for byte in content[first : first + 1])
    damages = {
        "flip": before + flipped + content[first + 1 :],
        "cut": before,
        "drop": before + after,
        "insert": before + piece + content[first:],
        "replace": before + piece + content[first + len(piece) :],
        "repeat": before + middle + middle[:2000] + after,
        "swap": after + middle + before,
        "whole": piece,
    }
    return damages[kind]
